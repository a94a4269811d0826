import { fault, type Http1Fault } from './http1-fault.ts'

/** Where a request wants to go. */
export interface Target {
  readonly scheme: string
  readonly authority: string
  readonly path: string
}

const absoluteForm = /^(https?):\/\/([^/?]*)(.*)$/i

/** A name or address, without user information, and a port. */
const hostAndPort = /^(?:[\w\-.~!$&'()*+,;=%]+|\[[\da-f:.]+(?:%25[\w\-.~%]+)?\])(?::\d{0,5})?$/i

/**
 * Reads the target of a request line: origin, absolute, authority or asterisk form.
 *
 * @param base what the Host header and the connection say; an absolute target overrules both (RFC 9112 3.2.2)
 */
export function readTarget(
  method: string,
  target: string,
  base: { readonly authority: string; readonly scheme: string },
): Target | Http1Fault {
  if (!isHostAndPort(base.authority)) return fault('malformed host')
  if (target.includes('#')) return fault('fragment in target')
  if (method === 'CONNECT') {
    return hostAndPort.test(target) ? { ...base, authority: target, path: '' } : badTarget
  }
  if (target.startsWith('/')) {
    return { scheme: base.scheme, authority: base.authority, path: target }
  }
  if (target === '*') return method === 'OPTIONS' ? { ...base, path: '*' } : badTarget
  const [, scheme, authority, rest] = absoluteForm.exec(target) ?? []
  if (scheme === undefined || authority === undefined || rest === undefined) return badTarget
  if (!hostAndPort.test(authority)) return badTarget
  // As Envoy: it would be forwarded as if it had come by TLS.
  if (scheme.length > base.scheme.length) return fault('https target on plain text', 403)
  return {
    scheme: scheme.toLowerCase(),
    authority,
    path: rest.startsWith('/') ? rest : `/${rest}`,
  }
}

/** Known to be well formed: requests one after the other mostly name the same. */
let lastAuthority: string | undefined

function isHostAndPort(authority: string): boolean {
  if (authority === lastAuthority) return true
  if (!hostAndPort.test(authority)) return false
  lastAuthority = authority
  return true
}

const badTarget = fault('malformed target')
