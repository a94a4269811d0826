import type { Report } from '../field.ts'
import { hostCovers } from '../hosts.ts'
import type { VirtualServiceSpec } from '../spec/virtual-service.ts'
import { missing, repeated } from './missing.ts'

/** A virtual service routes something. */
export function virtualServiceActs(spec: VirtualServiceSpec, report: Report): void {
  const { http = [], tls = [], tcp = [] } = spec
  if (http.length + tls.length + tcp.length === 0) {
    missing(report, [], 'a virtual service needs http, tls or tcp routes')
  }
  if (spec.hosts.length === 0 && (spec.gateways?.length ?? 0) > 0) {
    missing(
      report,
      ['gateways'],
      'a virtual service without hosts is a delegate and takes no gateways',
    )
  }
}

/** Every sidecar would route everything by it. */
export function meshHostsAreNamed(
  { hosts, gateways = ['mesh'] }: VirtualServiceSpec,
  report: Report,
): void {
  const index = hosts.indexOf('*')
  if (index === -1 || !(gateways.length === 0 || gateways.includes('mesh'))) return
  report(['hosts', index], {
    code: 'ERR_CONFIG_VALUE',
    message: 'host * is not allowed on the gateway mesh: name the hosts, or name gateways',
    expected: 'a host',
    got: '"*"',
  })
}

/** No host twice. */
export function hostsAreUnique({ hosts }: VirtualServiceSpec, report: Report): void {
  repeated(report, hosts, { path: (index) => ['hosts', index], what: 'host' })
}

/** A delegate is reached from the root virtual service, which alone has hosts. */
export function delegatesEndThere({ hosts, http = [] }: VirtualServiceSpec, report: Report): void {
  if (hosts.length > 0) return
  for (const [index, { delegate }] of http.entries()) {
    if (delegate === undefined) continue
    report(['http', index, 'delegate'], {
      code: 'ERR_CONFIG_CONFLICT',
      message: 'a delegate virtual service may not delegate further',
    })
  }
}

/** A TLS route is chosen by names that fall under the hosts. */
export function sniHostsFit({ hosts, tls = [] }: VirtualServiceSpec, report: Report): void {
  for (const [index, { match = [] }] of tls.entries()) {
    if (match.length === 0)
      missing(report, ['tls', index], 'a TLS route needs a match with sniHosts')
    for (const [at, { sniHosts = [] }] of match.entries()) {
      for (const [place, name] of sniHosts.entries()) {
        if (hosts.length === 0 || hosts.some((host) => hostCovers(host, name))) continue
        report(['tls', index, 'match', at, 'sniHosts', place], {
          code: 'ERR_CONFIG_VALUE',
          message: `SNI host ${name} does not fall under any host of the virtual service`,
          expected: hosts.join(' or '),
          got: JSON.stringify(name),
        })
      }
    }
  }
}

/** TCP and TLS routes need destinations. */
export function l4RoutesAct({ tls = [], tcp = [] }: VirtualServiceSpec, report: Report): void {
  for (const [kind, routes] of [
    ['tls', tls],
    ['tcp', tcp],
  ] as const) {
    for (const [index, { route = [] }] of routes.entries()) {
      if (route.length === 0) missing(report, [kind, index], `a ${kind} route needs a destination`)
    }
  }
}

/** A match for gateways that the virtual service does not apply to never holds. */
export function matchedGatewaysApply(spec: VirtualServiceSpec, report: Report): void {
  const gateways =
    spec.gateways === undefined || spec.gateways.length === 0 ? ['mesh'] : spec.gateways
  for (const kind of ['http', 'tls', 'tcp'] as const) {
    for (const [index, { match = [] }] of (spec[kind] ?? []).entries()) {
      for (const [at, { gateways: named = [] }] of match.entries()) {
        if (named.length === 0 || named.some((name) => gateways.includes(name))) continue
        report([kind, index, 'match', at, 'gateways'], {
          code: 'WARN_CONFIG_UNREACHABLE',
          severity: 'warning',
          message: `the match can never hold: the virtual service does not apply to ${named.join(', ')}`,
          expected: gateways.join(' or '),
        })
      }
    }
  }
}
