import type { RedirectAnswer } from '../answer/route-answer.ts'
import type { RedirectActionJson } from '../config/action-config.ts'
import { enumName } from '../config/enum-name.ts'
import { type Findings, fault } from '../config/findings.ts'
import { withoutUndefined } from '../config/without-undefined.ts'
import type { PathPredicate } from '../predicate/path-predicate.ts'
import type { Request } from '../request/request.ts'
import { compilePathRewrite, describePathRewrite } from './rewrite.ts'

/** A redirect, its target not yet worked out. */
export interface Redirect {
  readonly status: number
  /** Empty for a request without a path (CONNECT): there is no place to name. */
  location(request: Request): string
}

/** Compiles a redirect; what it does not say is kept from the request. */
export function compileRedirect(
  redirect: RedirectActionJson,
  matched: PathPredicate,
  path: string,
  findings: Findings,
): Redirect {
  checkOneOf(redirect, ['httpsRedirect', 'schemeRedirect'], path, findings)
  checkOneOf(redirect, ['pathRedirect', 'prefixRewrite', 'regexRewrite'], path, findings)
  const code = enumName(
    redirect.responseCode,
    Object.keys(statuses),
    `${path}.responseCode`,
    findings,
  )
  const rewrite = compilePathRewrite(redirect, matched, path, findings)
  const port = redirect.portRedirect ?? 0
  const newPort = port === 0 ? '' : `:${port}`
  return {
    status: statuses[code] ?? 301,
    location: (request) => {
      if (request.path === '') return ''
      const protocol = forwardedProtocol(request)
      const scheme = newScheme(redirect) ?? protocol
      const host = redirect.hostRedirect || keptHost(request, protocol, { scheme, port: newPort })
      const target = newPath(redirect, (text) => rewrite(text, asIs), request)
      return `${scheme}://${host}${newPort}${target.startsWith('/') ? '' : '/'}${target}`
    },
  }
}

/** Redirects have no templates. */
const asIs = (template: string): string => template

/** The redirect as data. */
export function describeRedirect(
  redirect: RedirectActionJson,
  matched: PathPredicate,
): Omit<RedirectAnswer, 'kind' | 'responseHeaders' | 'filterConfigs'> {
  const { hostRedirect, portRedirect, pathRedirect, responseCode, stripQuery } = redirect
  const names = Object.keys(statuses)
  const code = typeof responseCode === 'string' ? responseCode : names[responseCode ?? 0]
  return withoutUndefined({
    status: statuses[code ?? ''] ?? 301,
    scheme: newScheme(redirect),
    host: hostRedirect || undefined,
    port: portRedirect || undefined,
    path: pathRedirect || undefined,
    pathRewrite: describePathRewrite(redirect, matched),
    // A query in the new path is never stripped.
    stripQuery: stripQuery === true && !(pathRedirect ?? '').includes('?'),
  })
}

/** What `require_tls` answers plain requests with. */
export const redirectToTls: Redirect = {
  status: 301,
  location: ({ authority, path }) => (path === '' ? '' : `https://${authority}${path}`),
}

/** What `require_tls` does, as data. */
export const tlsRedirectAnswer: RedirectAnswer = {
  kind: 'redirect',
  status: 301,
  scheme: 'https',
  keepsPort: true,
  stripQuery: false,
  responseHeaders: [],
  filterConfigs: {},
}

/** The scheme the client used, as far as the hop before says. */
export function forwardedProtocol(request: Request): string {
  return request.header('x-forwarded-proto') ?? request.scheme
}

/** In the order of Envoy's numbers. */
const statuses: Readonly<Record<string, number>> = {
  MOVED_PERMANENTLY: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
}

function checkOneOf(
  redirect: RedirectActionJson,
  names: readonly (keyof RedirectActionJson)[],
  path: string,
  findings: Findings,
): void {
  const given = names.filter((name) => redirect[name] !== undefined)
  if (given.length > 1) {
    fault(findings, path, `expected one of ${names.join(', ')}, got ${given.join(' and ')}`)
  }
}

function newScheme({ httpsRedirect, schemeRedirect }: RedirectActionJson): string | undefined {
  if (httpsRedirect === true) return 'https'
  return schemeRedirect === '' ? undefined : schemeRedirect
}

/** The request's host; its port goes if another one comes, or if it was the default of a scheme that is left. */
function keptHost(
  { authority }: Request,
  protocol: string,
  target: { readonly scheme: string; readonly port: string },
): string {
  const colon = authority.startsWith('[')
    ? authority.lastIndexOf(']:') + 1
    : authority.lastIndexOf(':')
  if (colon <= 0) return authority
  const port = authority.slice(colon)
  const isDefault = port === defaultPorts.get(protocol) && target.scheme !== protocol
  return target.port !== '' || isDefault ? authority.slice(0, colon) : authority
}

const defaultPorts: ReadonlyMap<string, string> = new Map([
  ['http', ':80'],
  ['https', ':443'],
])

/** A query in `path_redirect` replaces the request's, and is never stripped. */
function newPath(
  redirect: RedirectActionJson,
  rewrite: (path: string) => string | undefined,
  { path }: Request,
): string {
  const { pathRedirect = '', stripQuery } = redirect
  if (pathRedirect.includes('?')) return pathRedirect
  const query = path.indexOf('?')
  const kept = query === -1 ? '' : path.slice(query)
  const result = pathRedirect === '' ? (rewrite(path) ?? path) : pathRedirect + kept
  const end = result.indexOf('?')
  return stripQuery === true && end !== -1 ? result.slice(0, end) : result
}
