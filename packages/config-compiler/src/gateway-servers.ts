import type { GatewayServer, GatewaySpec, Resource, Snapshot } from '@meshwright/mesh-config'
import { portOf } from './endpoints.ts'
import { narrowerHost } from './host.ts'
import { labelsMatch } from './labels.ts'
import { anyAddress } from './listener.ts'
import { oldestFirst, sortedBy } from './order.ts'
import { trafficOf } from './protocol.ts'
import type { Scope } from './scope.ts'
import type { VirtualService } from './virtual-service.ts'

/** A server of a Gateway and the name by which virtual services attach to it. */
export interface AttachedServer {
  readonly server: GatewayServer
  /** `namespace/name` of the Gateway. */
  readonly gateway: string
}

/** All servers that share an address; the first one's protocol is that of all. */
export interface ServerGroup {
  readonly bind: string
  /** Where the gateway listens: the target port, if a service says that the port has one. */
  readonly listenPort: number
  /** The port that the servers name. */
  readonly port: number
  readonly traffic: 'http' | 'tcp'
  readonly servers: readonly AttachedServer[]
}

/** The servers of the Gateways that select a proxy, in groups ordered by address. */
export function serverGroups(snapshot: Snapshot, scope: Scope): readonly ServerGroup[] {
  const groups = new Map<string, ServerGroup & { readonly servers: AttachedServer[] }>()
  for (const { gateway, server } of attachedServers(snapshot, scope)) {
    const traffic = trafficOf(server.port.protocol)
    // Servers that end TLS come with the identity of gateways; the reader refuses them by now.
    if (traffic !== 'http' && traffic !== 'tcp') continue
    const bind = server.bind || anyAddress
    const key = `${bind}_${server.port.number}`
    const group = groups.get(key)
    if (group === undefined) {
      const listenPort = targetPort(scope, server.port.number)
      const port = server.port.number
      groups.set(key, { bind, listenPort, port, traffic, servers: [{ gateway, server }] })
    } else if (group.traffic === traffic) group.servers.push({ gateway, server })
  }
  return sortedBy(groups.values(), ({ bind, listenPort }) => `${bind}_${listenPort}`)
}

/**
 * The hosts on which a server and a VirtualService meet, the narrower of each pair.
 *
 * A server's host may be limited to a namespace: `shop/*.example.org`, `./*`.
 */
export function sharedHosts(
  { server, gateway }: AttachedServer,
  virtualService: VirtualService,
): readonly string[] {
  const [gatewayNamespace = ''] = gateway.split('/')
  return server.hosts.flatMap((text) => {
    const slash = text.indexOf('/')
    const namespace = slash === -1 ? '*' : text.slice(0, slash)
    const wanted = namespace === '.' ? gatewayNamespace : namespace
    if (wanted !== '*' && wanted !== virtualService.namespace) return []
    return virtualService.hosts
      .map((host) => narrowerHost(text.slice(slash + 1), host))
      .filter((host) => host !== undefined)
  })
}

/** The hosts of a server without the namespaces they are limited to. */
export function serverHosts(server: GatewayServer): readonly string[] {
  return server.hosts.map((text) => text.slice(text.indexOf('/') + 1))
}

function attachedServers(snapshot: Snapshot, { proxy }: Scope): readonly AttachedServer[] {
  const selected: readonly Resource<GatewaySpec>[] = oldestFirst(snapshot.gateways).filter(
    ({ spec }) => labelsMatch(spec.selector, proxy.labels),
  )
  return selected.flatMap(({ metadata, spec }) =>
    spec.servers.map((server) => ({ server, gateway: `${metadata.namespace}/${metadata.name}` })),
  )
}

function targetPort({ proxy, ownServices }: Scope, number: number): number {
  for (const service of ownServices) {
    const port = service.ports.find((candidate) => candidate.number === number)
    const own = service.endpoints.find(({ address }) => proxy.ipAddresses.includes(address))
    const target = port && own && portOf(own, port)
    if (target !== undefined) return target
  }
  return number
}
