import { hostOfSession, sessionCookie, sessionHeader } from '@meshwright/lb-algorithms'
import type { CookieBasedSessionStateJson } from '@meshwright/xds-types/envoy/extensions/http/stateful_session/cookie/v3'
import type { HeaderBasedSessionStateJson } from '@meshwright/xds-types/envoy/extensions/http/stateful_session/header/v3'
import { refuse } from '../errors.ts'
import type { HeaderList } from '../http/header-list.ts'
import { setCookieOf } from '../http/set-cookie.ts'
import type { RequestHead } from '../http/stream.ts'
import { durationMs } from '../network/duration.ts'
import { type TypedConfigJson, typeNameOf, unwrapTypedStruct } from '../network/typed-struct.ts'

/** Where a client keeps which host serves it. */
export interface SessionState {
  /** Whether requests to this path have a session. */
  appliesTo(path: string): boolean
  /** Address of the host that the client brings; undefined if it brings none, or one whose time is over. */
  read(request: RequestHead, nowMs: number): string | undefined
  /** Gives the client another one. */
  write(headers: HeaderList, address: string, nowMs: number): void
}

/**
 * Reads where sessions are kept.
 *
 * @throws {ProxyError} on a kind that is not known
 */
export function compileSessionState(config: TypedConfigJson | undefined): SessionState {
  const json = config && unwrapTypedStruct(config)
  const type = typeNameOf(json?.['@type'])
  // The shapes were validated with their message types.
  switch (type) {
    case `${prefix}.cookie.v3.CookieBasedSessionState`:
      return cookieState(json as CookieBasedSessionStateJson)
    case `${prefix}.header.v3.HeaderBasedSessionState`:
      return headerState(json as HeaderBasedSessionStateJson)
    default:
      return refuse(`session_state of type ${JSON.stringify(type)} is not supported`)
  }
}

const prefix = 'envoy.extensions.http.stateful_session'

function cookieState({ cookie = {} }: CookieBasedSessionStateJson): SessionState {
  const { name = '', path = '' } = cookie
  const ttlMs = durationMs(cookie.ttl, 0)
  const attributes = (cookie.attributes ?? []).map((it) => ({
    name: it.name ?? '',
    value: it.value ?? '',
  }))
  return {
    appliesTo: (requested) => isUnder(path, requested),
    read({ headers }, nowMs) {
      const value = cookieOf(headers, name)
      return value === undefined ? undefined : hostOfSession(value, nowMs / 1000)
    },
    write(headers, address, nowMs) {
      const expires = ttlMs > 0 && { expires: Math.floor((nowMs + ttlMs) / 1000) }
      const value = sessionCookie({ address, ...expires })
      headers.append('set-cookie', setCookieOf(name, value, { ttlMs, path, attributes }))
    },
  }
}

function headerState({ name = '' }: HeaderBasedSessionStateJson): SessionState {
  const lowerName = name.toLowerCase()
  return {
    appliesTo: () => true,
    read({ headers }, nowMs) {
      const value = headers.first(lowerName)
      return value === undefined ? undefined : hostOfSession(value, nowMs / 1000)
    },
    write: (headers, address) => headers.set(lowerName, sessionHeader(address)),
  }
}

/** As browsers decide on cookies: `/a` covers `/a`, `/a/b` and `/a?c`, and not `/ab`. */
function isUnder(path: string, requested: string): boolean {
  if (path === '' || path === '/') return true
  if (!requested.startsWith(path)) return false
  const next = requested.charAt(path.length)
  return path.endsWith('/') || next === '' || '/?#'.includes(next)
}

function cookieOf(headers: HeaderList, name: string): string | undefined {
  for (const line of headers.getAll('cookie')) {
    for (const pair of line.split(';')) {
      const equals = pair.indexOf('=')
      if (equals === -1 || pair.slice(0, equals).trim() !== name) continue
      const value = pair.slice(equals + 1).trim()
      return /^".*"$/.test(value) ? value.slice(1, -1) : value
    }
  }
  return undefined
}
