import protobuf from 'protobufjs'
import { type Described, describeMessage, nameOf, packageOf } from './describe.ts'
import { reachableFrom } from './reachable.ts'
import { rulesOf } from './rules.ts'

/** The messages that every control plane and proxy uses; the core is what they refer to. */
const coreRoots = [
  'envoy.config.bootstrap.v3.Bootstrap',
  'envoy.config.cluster.v3.Cluster',
  'envoy.config.endpoint.v3.ClusterLoadAssignment',
  'envoy.config.listener.v3.Listener',
  'envoy.config.route.v3.RouteConfiguration',
  'envoy.extensions.access_loggers.file.v3.FileAccessLog',
  'envoy.extensions.filters.http.cors.v3.Cors',
  'envoy.extensions.filters.http.fault.v3.HTTPFault',
  'envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication',
  'envoy.extensions.filters.http.rbac.v3.RBAC',
  'envoy.extensions.filters.http.router.v3.Router',
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
  'envoy.extensions.filters.network.rbac.v3.RBAC',
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
  'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer',
  'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
  'envoy.extensions.transport_sockets.tls.v3.Secret',
  'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
  'envoy.service.discovery.v3.DeltaDiscoveryRequest',
  'envoy.service.discovery.v3.DeltaDiscoveryResponse',
  'envoy.service.discovery.v3.DiscoveryRequest',
  'envoy.service.discovery.v3.DiscoveryResponse',
  'udpa.type.v1.TypedStruct',
  'xds.type.v3.TypedStruct',
]

/** The types in groups that are parsed together: the core, and the rest of each package. */
export function chunksOf(types: readonly Described[]): Map<string, Described[]> {
  const core = reachableFrom(types.filter((type) => coreRoots.includes(nameOf(type))))
  const isCore = (type: Described): boolean =>
    core.has(type) || packageOf(type) === 'google.protobuf'
  return Map.groupBy(types, (type) => (isCore(type) ? 'core' : packageOf(type)))
}

/** The module that carries the chunks, each as JSON text. */
export function emitChunks(chunks: ReadonlyMap<string, readonly Described[]>): string {
  const descriptors = mapValues(chunks, (types) =>
    JSON.stringify(Object.fromEntries(types.map((type) => [nameOf(type), compact(type)]))),
  )
  const rules = mapValues(chunks, rulesText)
  return [
    `export const descriptors = ${literal(descriptors)}`,
    `export const rules = ${literal(rules)}\n`,
  ].join('\n')
}

/** An object of texts, in single quotes because JSON is full of double ones. */
function literal(texts: Readonly<Record<string, string | undefined>>): string {
  const entries = Object.entries(texts).flatMap(([name, text]) =>
    text === undefined ? [] : [`'${name}': '${text.replace(/[\\']/g, '\\$&')}'`],
  )
  return `{\n${entries.join(',\n')}\n}`
}

function compact(type: Described): unknown {
  return type instanceof protobuf.Enum ? type.values : describeMessage(type)
}

function rulesText(types: readonly Described[]): string | undefined {
  const entries = types
    .filter((type) => type instanceof protobuf.Type)
    .map((type) => [nameOf(type), rulesOf(type)] as const)
    .filter(([, rules]) => rules !== undefined)
  return entries.length === 0 ? undefined : JSON.stringify(Object.fromEntries(entries))
}

function mapValues<Out>(
  chunks: ReadonlyMap<string, readonly Described[]>,
  convert: (types: readonly Described[]) => Out,
): Record<string, Out> {
  return Object.fromEntries([...chunks].map(([name, types]) => [name, convert(types)]))
}
