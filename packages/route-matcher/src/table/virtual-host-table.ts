import { checkFilterConfigs } from '../action/filter-configs.ts'
import { keepsHost } from '../action/host-rewrite.ts'
import { forwardedProtocol, redirectToTls, tlsRedirectAnswer } from '../action/redirect.ts'
import { keepsPath } from '../action/rewrite.ts'
import type { RouteAnswer } from '../answer/route-answer.ts'
import type { EnumJson, VirtualHostJson } from '../config/config.ts'
import { enumName } from '../config/enum-name.ts'
import { fault } from '../config/findings.ts'
import { compileHeaderMatcher, matchesHeader } from '../predicate/header-matcher.ts'
import type { Subject } from '../request/subject.ts'
import { compileHostRoutes, type HostRoutes } from './host-routes.ts'
import type { Match, VirtualHost } from './match.ts'
import { RouteMatch } from './route-match.ts'
import type { Scope } from './scope.ts'

/** One virtual host, ready to match. */
export interface VirtualHostTable extends HostRoutes {
  readonly info: VirtualHost
  /** The redirect that `require_tls` gives a request that came without TLS; undefined if it asks for none. */
  readonly tlsRedirect: ((subject: Subject) => Match | undefined) | undefined
  /** What the route of that place does, as data; -1: what `require_tls` does. */
  describe(routeIndex: number): RouteAnswer | undefined
}

/** Compiles a virtual host. */
export function compileVirtualHost(scope: Omit<Scope, 'virtualHostInfo'>): VirtualHostTable {
  const { virtualHost, virtualHostPath: path, findings } = scope
  const info = virtualHostInfo(scope)
  if (info.name === '') fault(findings, `${path}.name`, 'expected a name, got none')
  if (info.domains.length === 0) fault(findings, `${path}.domains`, 'expected a domain, got none')
  checkFilterConfigs(virtualHost, path, findings)
  const inner: Scope = { ...scope, virtualHostInfo: info }
  const hostRoutes = compileHostRoutes(inner)
  const tlsRedirect = compileTlsRedirect(inner, virtualHost.requireTls)
  return {
    ...hostRoutes,
    info,
    tlsRedirect,
    describe: (index) => {
      if (index === -1 && tlsRedirect !== undefined) return tlsRedirectAnswer
      return hostRoutes.routes[index]?.describe()
    },
  }
}

function virtualHostInfo({
  virtualHost,
  virtualHostPath,
  findings,
}: Omit<Scope, 'virtualHostInfo'>): VirtualHost {
  return {
    name: virtualHost.name ?? '',
    domains: virtualHost.domains ?? [],
    includeRequestAttemptCount: virtualHost.includeRequestAttemptCount === true,
    includeAttemptCountInResponse: virtualHost.includeAttemptCountInResponse === true,
    includeIsTimeoutRetryHeader: virtualHost.includeIsTimeoutRetryHeader === true,
    metadata: virtualHost.metadata?.filterMetadata,
    virtualCluster: compileVirtualClusters(virtualHost, virtualHostPath, findings),
  }
}

function compileVirtualClusters(
  { virtualClusters = [] }: VirtualHostJson,
  path: string,
  findings: Scope['findings'],
): VirtualHost['virtualCluster'] {
  const compiled = virtualClusters.map(({ name = '', headers = [] }, i) => {
    const at = `${path}.virtualClusters[${i}]`
    if (name === '') fault(findings, `${at}.name`, 'expected a name, got none')
    if (headers.length === 0) fault(findings, `${at}.headers`, 'expected a header, got none')
    const tests = headers.map((header, j) =>
      compileHeaderMatcher(header, `${at}.headers[${j}]`, findings),
    )
    return { name, headers: tests }
  })
  if (compiled.length === 0) return () => undefined
  return (request) => {
    const found = compiled.find(({ headers }) =>
      headers.every((header) => matchesHeader(header, request)),
    )
    return found?.name ?? 'other'
  }
}

function compileTlsRedirect(
  { virtualHostInfo, virtualHostPath, findings }: Scope,
  requireTls: EnumJson | undefined,
): VirtualHostTable['tlsRedirect'] {
  const requirement = enumName(
    requireTls,
    ['NONE', 'EXTERNAL_ONLY', 'ALL'],
    `${virtualHostPath}.requireTls`,
    findings,
  )
  if (requirement !== 'ALL' && requirement !== 'EXTERNAL_ONLY') return undefined
  const parts = {
    virtualHost: virtualHostInfo,
    route: tlsRoute,
    responseHeaders: [],
    typedPerFilterConfig: new Map(),
    rewritePath: keepsPath,
    rewriteHost: keepsHost,
    clusterHost: undefined,
    cors: undefined,
  }
  return ({ request }) => {
    if (forwardedProtocol(request) === 'https') return undefined
    const internal = request.header('x-envoy-internal') === 'true'
    if (internal && requirement === 'EXTERNAL_ONLY') return undefined
    const location = redirectToTls.location(request)
    return new RouteMatch(parts, { kind: 'redirect', status: redirectToTls.status, location })
  }
}

const tlsRoute = {
  name: '',
  index: -1,
  statPrefix: undefined,
  decorator: undefined,
  bufferLimitBytes: undefined,
  metadata: undefined,
  tracing: undefined,
}
