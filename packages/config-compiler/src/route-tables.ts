import type { IstioEgressListener } from '@meshwright/mesh-config'
import { httpProxyRoutes } from './names.ts'
import { trafficOf } from './protocol.ts'
import type { EgressScope, Scope } from './scope.ts'

/** A route configuration that the outbound listeners of a sidecar need. */
export interface RouteTable {
  readonly name: string
  /** The port of the services it routes to; unset for an HTTP proxy: every port. */
  readonly port?: number
  /** The only service in it, for a port whose protocol is detected. */
  readonly host?: string
  readonly egress: EgressScope
}

/** An HTTP proxy listener: applications name the destination in the request itself. */
export interface HttpProxyPort {
  readonly bind: string
  readonly port: number
  readonly table: RouteTable
}

const loopback = '127.0.0.1'

/** The ports by which applications use the sidecar as an HTTP proxy, the mesh's first. */
export function httpProxyPorts(scope: Scope): readonly HttpProxyPort[] {
  const ports: HttpProxyPort[] = []
  const add = (bind: string, port: number, egress: EgressScope): void => {
    const name = ports.length === 0 ? httpProxyRoutes : `${httpProxyRoutes}|${bind}_${port}`
    ports.push({ bind, port, table: { name, egress } })
  }
  const [first] = scope.egress
  const catchAll = scope.egress.find(({ listener }) => listener?.port === undefined) ?? first
  const meshPort = scope.mesh.proxyHttpPort ?? 0
  if (meshPort > 0 && catchAll) add(loopback, meshPort, catchAll)
  for (const egress of scope.egress) {
    const { port, bind } = egress.listener ?? {}
    if (port && isHttpProxy(egress.listener)) add(bind || loopback, port.number, egress)
  }
  return ports
}

/** The route configurations of all outbound HTTP listeners, each name once. */
export function routeTables(scope: Scope): readonly RouteTable[] {
  const tables = new Map<string, RouteTable>()
  const add = (table: RouteTable): void => {
    if (!tables.has(table.name)) tables.set(table.name, table)
  }
  for (const { table } of httpProxyPorts(scope)) add(table)
  for (const egress of scope.egress) for (const table of tablesOf(egress)) add(table)
  return [...tables.values()]
}

/** Whether an egress listener is an HTTP proxy. */
export function isHttpProxy(listener: IstioEgressListener | undefined): boolean {
  return listener?.port?.protocol.toUpperCase() === 'HTTP_PROXY'
}

function tablesOf(egress: EgressScope): readonly RouteTable[] {
  const explicit = egress.listener?.port
  if (isHttpProxy(egress.listener)) return []
  if (explicit !== undefined) {
    if (trafficOf(explicit.protocol) !== 'http') return []
    return [{ name: String(explicit.number), port: explicit.number, egress }]
  }
  return egress.services.flatMap(({ hostname, ports }) =>
    ports.flatMap(({ number, protocol }): readonly RouteTable[] => {
      const traffic = trafficOf(protocol)
      if (traffic === 'http') return [{ name: String(number), port: number, egress }]
      if (traffic !== 'auto') return []
      return [{ name: `${hostname}:${number}`, port: number, host: hostname, egress }]
    }),
  )
}
