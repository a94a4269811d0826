import type { ConnectionPoolSettings, MeshService } from '@meshwright/mesh-config'
import { portOf } from './endpoints.ts'
import { isHttp2, type Traffic, trafficOf } from './protocol.ts'
import type { Scope } from './scope.ts'
import { policyFor } from './traffic-policy.ts'

/** A port on which the workload of a sidecar serves. */
export interface InboundPort {
  /** Where peers reach it; the listener's port, and part of the cluster's name. */
  readonly port: number
  readonly traffic: Traffic
  readonly http2: boolean
  /** The service whose port it is, if any is known, and the port of the service. */
  readonly service: MeshService | undefined
  readonly servicePort: number
  readonly connectionPool: ConnectionPoolSettings | undefined
  /** The address that its own listener binds; unset for captured traffic. */
  readonly bind: string | undefined
  /** Where the application listens, as a Sidecar says it: `127.0.0.1:8080` or `unix:///path`. */
  readonly endpoint: string | undefined
}

/**
 * The ports a sidecar serves: the ingress listeners of its Sidecar resource, or else, if traffic is
 * captured, the ports of the services that run on its addresses. Ordered by port, each once.
 */
export function inboundPorts(scope: Scope): readonly InboundPort[] {
  const ports = scope.sidecar?.ingress?.length ? ingressPorts(scope) : servicePorts(scope)
  const distinct = new Map<string, InboundPort>()
  for (const port of ports) {
    const key = `${port.bind ?? ''}:${port.port}`
    if (!distinct.has(key)) distinct.set(key, port)
  }
  return [...distinct.values()].sort((a, b) => a.port - b.port)
}

function servicePorts(scope: Scope): readonly InboundPort[] {
  if (scope.interceptionMode === 'NONE') return []
  return ownPorts(scope)
}

/** What the services on the proxy's own addresses say. */
function ownPorts({ proxy, mesh, ownServices, destinationRuleOf, sidecar }: Scope): InboundPort[] {
  const ports: InboundPort[] = []
  for (const service of ownServices) {
    const endpoints = service.endpoints.filter((e) => proxy.ipAddresses.includes(e.address))
    for (const port of service.ports) {
      const traffic = trafficOf(port.protocol)
      const policy = policyFor(mesh, destinationRuleOf(service), port.number)
      for (const target of new Set(endpoints.map((endpoint) => portOf(endpoint, port)))) {
        if (target === undefined || traffic === undefined) continue
        ports.push({
          port: target,
          traffic,
          http2: isHttp2(port.protocol),
          service,
          servicePort: port.number,
          connectionPool: sidecar?.inboundConnectionPool ?? policy.connectionPool,
          bind: undefined,
          endpoint: undefined,
        })
      }
    }
  }
  return ports
}

function ingressPorts(scope: Scope): readonly InboundPort[] {
  const { proxy, sidecar } = scope
  const own = ownPorts(scope)
  const ports: InboundPort[] = []
  for (const ingress of sidecar?.ingress ?? []) {
    const traffic = trafficOf(ingress.port.protocol)
    if (traffic === undefined) continue
    const known = own.find(({ port }) => port === ingress.port.number)
    const binds = scope.interceptionMode === 'NONE' || ingress.captureMode === 'NONE'
    const bind = ingress.bind || proxy.ipAddresses[0]
    ports.push({
      port: ingress.port.number,
      traffic,
      http2: isHttp2(ingress.port.protocol),
      service: known?.service,
      servicePort: known?.servicePort ?? ingress.port.number,
      connectionPool:
        ingress.connectionPool ?? sidecar?.inboundConnectionPool ?? known?.connectionPool,
      bind: binds ? bind : undefined,
      endpoint: ingress.defaultEndpoint || undefined,
    })
  }
  return ports
}
