import type { MeshService, ServicePortSpec } from '@meshwright/mesh-config'
import type { FilterChainJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import { isIpAddress } from './host.ts'
import { anyAddress } from './listener.ts'
import { httpProxyRoutes } from './names.ts'
import { sortedBy } from './order.ts'
import { tcpChain, tlsChains } from './outbound-chains.ts'
import type { OutboundDraft, RouteTable } from './outbound-draft.ts'
import { type Traffic, trafficOf } from './protocol.ts'
import type { EgressScope, Scope } from './scope.ts'

const loopback = '127.0.0.1'

/**
 * Every outbound listener of a sidecar and the routes it needs, ordered by address.
 *
 * A Sidecar's listener for one port takes that port away from its listener for all ports. On an
 * address that several services share, the first protocol and the first TCP service stay.
 */
export function outboundDrafts(scope: Scope): readonly OutboundDraft[] {
  const drafts = new Drafts()
  addHttpProxies(scope, drafts)
  const explicit = new Set<number>()
  for (const egress of scope.egress) {
    const port = egress.listener?.port
    if (port === undefined || isHttpProxy(egress)) continue
    explicit.add(port.number)
    addPort(scope, drafts, egress, port)
  }
  for (const egress of scope.egress) {
    if (egress.listener?.port === undefined) addServices(scope, drafts, egress, explicit)
  }
  return drafts.finished()
}

/** The drafts so far; an address has one, and so has the name of a route table. */
class Drafts {
  readonly #drafts = new Map<string, OutboundDraft>()
  readonly #tables = new Map<string, RouteTable>()

  at(address: string, port: number, more: Pick<OutboundDraft, 'binds' | 'role'>): OutboundDraft {
    const key = `${address}_${port}`
    const draft = this.#drafts.get(key) ?? { address, port, tls: [], ranges: [], ...more }
    this.#drafts.set(key, draft)
    return draft
  }

  /** Gives a listener its routes, unless it has some; under a longer name if theirs is taken. */
  route(draft: OutboundDraft, table: RouteTable): void {
    if (draft.routes !== undefined) return
    const known = this.#tables.get(table.name)
    const isTaken = known !== undefined && known.egress !== table.egress
    const name = isTaken ? `${table.name}|${draft.address}_${draft.port}` : table.name
    draft.routes = { ...table, name }
    this.#tables.set(name, draft.routes)
  }

  finished(): readonly OutboundDraft[] {
    return sortedBy(this.#drafts.values(), ({ address, port }) => `${address}_${port}`).filter(
      ({ routes, tcp, tls, ranges }) =>
        routes !== undefined || tcp !== undefined || tls.length > 0 || ranges.length > 0,
    )
  }
}

/** The ports by which applications use the sidecar as an HTTP proxy, the mesh's first. */
function addHttpProxies(scope: Scope, drafts: Drafts): void {
  const all = scope.egress.find(({ listener }) => listener?.port === undefined) ?? scope.egress[0]
  const meshPort = scope.mesh.proxyHttpPort ?? 0
  const role = { binds: true, role: 'http-proxy' } as const
  if (meshPort > 0 && all !== undefined) {
    drafts.route(drafts.at(loopback, meshPort, role), { name: httpProxyRoutes, egress: all })
  }
  for (const egress of scope.egress.filter(isHttpProxy)) {
    const { port, bind } = egress.listener ?? {}
    if (port === undefined) continue
    const draft = drafts.at(bind || loopback, port.number, role)
    drafts.route(draft, { name: httpProxyRoutes, egress })
  }
}

function isHttpProxy({ listener }: EgressScope): boolean {
  return listener?.port?.protocol.toUpperCase() === 'HTTP_PROXY'
}

/** A listener for one port: the services that have this port, by the listener's own protocol. */
function addPort(
  scope: Scope,
  drafts: Drafts,
  egress: EgressScope,
  { number, protocol }: { readonly number: number; readonly protocol: string },
): void {
  const binds = bindsItself(scope, egress)
  const address = egress.listener?.bind || (binds ? loopback : anyAddress)
  const draft = drafts.at(address, number, { binds, role: 'outbound' })
  const traffic = trafficOf(protocol)
  if (traffic === 'http') {
    drafts.route(draft, { name: String(number), port: number, egress })
    return
  }
  for (const service of egress.services) {
    const port = service.ports.find((candidate) => candidate.number === number)
    // Without HTTP there is nothing to detect: what is not TLS is bytes.
    const carried = traffic === 'auto' ? 'tcp' : traffic
    if (port)
      addService(scope, drafts, draft, { egress, service, port, traffic: carried, ranges: [] })
  }
}

/** A listener for all ports: each service where its clients expect it. */
function addServices(
  scope: Scope,
  drafts: Drafts,
  egress: EgressScope,
  explicit: ReadonlySet<number>,
): void {
  const binds = bindsItself(scope, egress)
  const shared = egress.listener?.bind || (binds ? loopback : anyAddress)
  for (const service of egress.services) {
    for (const port of service.ports.filter(({ number }) => !explicit.has(number))) {
      const traffic = trafficOf(port.protocol)
      const isShared = binds || traffic === 'http'
      for (const { address, ranges } of placesOf(service, shared, isShared)) {
        const draft = drafts.at(address, port.number, { binds, role: 'outbound' })
        addService(scope, drafts, draft, { egress, service, port, traffic, ranges })
      }
    }
  }
}

function bindsItself({ interceptionMode }: Scope, { listener }: EgressScope): boolean {
  return interceptionMode === 'NONE' || listener?.captureMode === 'NONE'
}

interface PlaceOfListener {
  readonly address: string
  /** The only destinations that the service takes connections to there; none: all. */
  readonly ranges: readonly string[]
}

/** Captured connections to a service arrive at its virtual addresses, if it has any; ranges share one. */
function placesOf(
  { addresses }: MeshService,
  shared: string,
  isShared: boolean,
): readonly PlaceOfListener[] {
  if (isShared || addresses.length === 0) return [{ address: shared, ranges: [] }]
  const ranges = addresses.filter((address) => !isIpAddress(address))
  const single = addresses.filter(isIpAddress).map((address) => ({ address, ranges: [] }))
  return ranges.length === 0 ? single : [...single, { address: shared, ranges }]
}

interface Added {
  readonly egress: EgressScope
  readonly service: MeshService
  readonly port: ServicePortSpec
  readonly traffic: Traffic | undefined
  readonly ranges: PlaceOfListener['ranges']
}

function addService(scope: Scope, drafts: Drafts, draft: OutboundDraft, added: Added): void {
  const { egress, service, port, traffic, ranges } = added
  const { number } = port
  switch (traffic) {
    case 'http':
      drafts.route(draft, { name: String(number), port: number, egress })
      return
    case 'auto': {
      const { hostname: host } = service
      drafts.route(draft, { name: `${host}:${number}`, port: number, host, egress })
      addTcp(draft, tcpChain(scope, egress, service, port), ranges)
      return
    }
    case 'tls':
      for (const entry of tlsChains(scope, egress, service, port)) {
        if (entry.serverNames.length === 0) addTcp(draft, entry.chain, ranges)
        else if (!isTaken(draft, entry.serverNames)) draft.tls.push(entry)
      }
      return
    case 'tcp':
      addTcp(draft, tcpChain(scope, egress, service, port), ranges)
      return
    case undefined:
      return
  }
}

/** The first service stays: on a whole address, and on each range of one. */
function addTcp(draft: OutboundDraft, chain: FilterChainJson, ranges: readonly string[]): void {
  if (ranges.length === 0) draft.tcp ??= chain
  const taken = new Set(draft.ranges.flatMap((entry) => entry.ranges))
  const free = ranges.filter((range) => !taken.has(range))
  if (free.length > 0) draft.ranges.push({ ranges: free, chain })
}

/** Envoy refuses two chains with the same match. */
function isTaken(draft: OutboundDraft, serverNames: readonly string[]): boolean {
  return draft.tls.some((entry) => entry.serverNames.some((name) => serverNames.includes(name)))
}
