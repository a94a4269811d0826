import type { Protocol } from './snapshot.ts'

const byName: ReadonlyMap<string, Protocol> = new Map<string, Protocol>([
  ['double_hbone', 'DOUBLE_HBONE'],
  ['grpc', 'GRPC'],
  ['grpc-web', 'GRPC_WEB'],
  ['hbone', 'HBONE'],
  ['http', 'HTTP'],
  ['http2', 'HTTP2'],
  ['http_proxy', 'HTTP_PROXY'],
  ['https', 'HTTPS'],
  ['mongo', 'MONGO'],
  ['mysql', 'MYSQL'],
  ['redis', 'REDIS'],
  ['tcp', 'TCP'],
  ['tls', 'TLS'],
  ['udp', 'UDP'],
])

/** Kubernetes' own names for application protocols. */
const byAppProtocol: ReadonlyMap<string, Protocol> = new Map<string, Protocol>([
  ['kubernetes.io/h2c', 'HTTP2'],
  ['kubernetes.io/ws', 'HTTP'],
  ['kubernetes.io/wss', 'HTTPS'],
])

/** SMTP, DNS, MySQL and MongoDB: there the server speaks first, so that nothing can be told from the client. */
const serverFirst: ReadonlySet<number> = new Set([25, 53, 3306, 27_017])

/** What is known about a port. */
export interface PortFacts {
  readonly number: number
  readonly name?: string
  /** Kubernetes' transport: TCP, UDP or SCTP. */
  readonly transport?: string
  readonly appProtocol?: string
}

/** The names of protocols that Istio's resources accept. */
export const protocolNames: readonly string[] = [...byName.keys()].map((name) => name.toUpperCase())

/** The protocol of that name, in any case; none for an unknown one. */
export function protocolFrom(name: string): Protocol | undefined {
  return byName.get(name.toLowerCase())
}

/**
 * The protocol of a port of a Kubernetes service: by `appProtocol`, else by the part of its name
 * before the first dash, else `auto`.
 *
 * @see https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/
 */
export function portProtocol(facts: PortFacts): Protocol {
  if (facts.transport === 'UDP') return 'UDP'
  if (facts.transport === 'SCTP') return 'TCP'
  const declared = facts.appProtocol?.toLowerCase()
  if (declared !== undefined) {
    const protocol = byAppProtocol.get(declared) ?? byName.get(declared)
    if (protocol !== undefined) return protocol
  }
  const name = facts.name?.toLowerCase() ?? ''
  const prefix =
    name === 'grpc-web' || name.startsWith('grpc-web-') ? 'grpc-web' : name.split('-', 1)[0]
  const named = byName.get(prefix ?? '')
  if (named !== undefined) return named
  return serverFirst.has(facts.number) ? 'TCP' : 'auto'
}
