import type { MeshService, RouteDestination, ServicePortSpec } from '@meshwright/mesh-config'
import type { FilterChainJson, ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import { hostMatches, isIpAddress } from './host.ts'
import { anyAddress, chain } from './listener.ts'
import { outboundCluster } from './names.ts'
import { sortedBy } from './order.ts'
import { type OutboundDraft, outboundListener } from './outbound-draft.ts'
import { trafficOf } from './protocol.ts'
import { httpProxyPorts, isHttpProxy } from './route-tables.ts'
import type { EgressScope, Scope } from './scope.ts'
import { requestApplies } from './source-match.ts'
import { routedTcpProxy, tcpProxy } from './tcp-proxy.ts'
import { policyFor } from './traffic-policy.ts'
import { meshGateway } from './virtual-service.ts'

const loopback = '127.0.0.1'

/** The listeners of a sidecar for what its application calls. */
export function outboundListeners(scope: Scope): readonly ListenerJson[] {
  const drafts = new Map<string, OutboundDraft>()
  for (const { bind, port, table } of httpProxyPorts(scope)) {
    const draft = draftAt(drafts, { address: bind, port, binds: true, role: 'http-proxy', tls: [] })
    draft.routes ??= table.name
  }
  for (const egress of scope.egress) {
    if (!isHttpProxy(egress.listener)) addEgress(scope, drafts, egress)
  }
  return sortedBy(drafts.values(), ({ address, port }) => `${address}_${port}`)
    .filter(({ routes, tcp, tls }) => routes !== undefined || tcp !== undefined || tls.length > 0)
    .map((draft) => outboundListener(scope, draft))
}

function draftAt(drafts: Map<string, OutboundDraft>, fresh: OutboundDraft): OutboundDraft {
  const key = `${fresh.address}_${fresh.port}`
  const known = drafts.get(key)
  if (known !== undefined) return known
  drafts.set(key, fresh)
  return fresh
}

function addEgress(scope: Scope, drafts: Map<string, OutboundDraft>, egress: EgressScope): void {
  const { listener, services } = egress
  const binds = scope.proxy.interceptionMode === 'NONE' || listener?.captureMode === 'NONE'
  const wildcard = listener?.bind || (binds ? loopback : anyAddress)
  const explicit = listener?.port
  const isShared = binds || explicit !== undefined
  for (const added of services.flatMap((service) => additions(service, explicit))) {
    const { service, port, traffic } = added
    const addresses = isShared || traffic === 'http' ? [wildcard] : listenAddresses(service)
    for (const address of addresses) {
      const fresh = { address, port: port.number, binds, role: 'outbound' as const, tls: [] }
      addService(scope, draftAt(drafts, fresh), egress, added)
    }
  }
}

/** The ports of a service that a listener carries: all, or the one it is for. */
function additions(
  service: MeshService,
  explicit: NonNullable<EgressScope['listener']>['port'],
): readonly Added[] {
  return service.ports
    .filter(({ number }) => explicit === undefined || explicit.number === number)
    .map((port) => ({ service, port, traffic: trafficOf(explicit?.protocol ?? port.protocol) }))
}

interface Added {
  readonly service: MeshService
  readonly port: ServicePortSpec
  readonly traffic: ReturnType<typeof trafficOf>
}

function addService(
  scope: Scope,
  draft: OutboundDraft,
  egress: EgressScope,
  { service, port, traffic }: Added,
): void {
  switch (traffic) {
    case 'http':
      draft.routes ??= String(port.number)
      return
    case 'auto':
      draft.routes ??= `${service.hostname}:${port.number}`
      draft.tcp ??= tcpChain(scope, egress, service, port)
      return
    case 'tls':
      for (const entry of tlsChains(scope, egress, service, port)) {
        const isAll = entry.serverNames.length === 0
        if (isAll) draft.tcp ??= entry.chain
        else if (!isTaken(draft, entry.serverNames)) draft.tls.push(entry)
      }
      return
    case 'tcp':
      draft.tcp ??= tcpChain(scope, egress, service, port)
      return
    case undefined:
      return
  }
}

/** Envoy refuses two chains with the same match. */
function isTaken(draft: OutboundDraft, serverNames: readonly string[]): boolean {
  return draft.tls.some((entry) => entry.serverNames.some((name) => serverNames.includes(name)))
}

/** Captured connections to a service arrive at its virtual addresses, if it has any. */
function listenAddresses(service: MeshService): readonly string[] {
  const addresses = service.addresses.filter(isIpAddress)
  return addresses.length > 0 ? addresses : [anyAddress]
}

function tcpChain(
  scope: Scope,
  { virtualServices }: EgressScope,
  service: MeshService,
  port: ServicePortSpec,
): FilterChainJson {
  const context = { scope, listenerPort: port.number, gateways: [meshGateway] }
  for (const virtualService of virtualServices) {
    if (!speaksFor(virtualService, service)) continue
    for (const { match, route } of virtualService.tcp) {
      const applies =
        !match?.length || match.some((one) => requestApplies(context, virtualService, one))
      if (applies && route?.length) return chain(routedTcpProxy(scope, route, port.number))
    }
  }
  return chain(straight(scope, service, port))
}

function tlsChains(
  scope: Scope,
  { virtualServices }: EgressScope,
  service: MeshService,
  port: ServicePortSpec,
): readonly OutboundDraft['tls'][number][] {
  const context = { scope, listenerPort: port.number, gateways: [meshGateway] }
  const chains = virtualServices
    .filter((virtualService) => speaksFor(virtualService, service))
    .flatMap((virtualService) =>
      virtualService.tls.flatMap(({ match, route }) =>
        (match ?? [])
          .filter((one) => requestApplies(context, virtualService, one))
          .map(({ sniHosts }) => byName(scope, sniHosts ?? [], route ?? [], port.number)),
      ),
    )
  if (chains.length > 0) return chains
  const serverNames = service.addresses.length > 0 ? [] : [service.hostname]
  return [{ serverNames, chain: chain(straight(scope, service, port)) }]
}

function byName(
  scope: Scope,
  serverNames: readonly string[],
  route: readonly RouteDestination[],
  port: number,
): OutboundDraft['tls'][number] {
  return { serverNames, chain: chain(routedTcpProxy(scope, route, port)) }
}

function speaksFor(
  { gateways, hosts }: EgressScope['virtualServices'][number],
  service: MeshService,
): boolean {
  const matches = hosts.some((host) => hostMatches(host, service.hostname))
  return matches && gateways.includes(meshGateway)
}

function straight(
  scope: Scope,
  service: MeshService,
  port: ServicePortSpec,
): ReturnType<typeof tcpProxy> {
  const policy = policyFor(scope.mesh, scope.destinationRuleOf(service), port.number)
  return tcpProxy(scope, outboundCluster(service.hostname, port.number), policy)
}
