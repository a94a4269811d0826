/** Istio documents as JSON, which is YAML. */
export function documents(...all: readonly object[]): string {
  return all.map((it) => JSON.stringify(it)).join('\n---\n')
}

const apiVersion = 'networking.istio.io/v1'

function document(kind: string, name: string, spec: object): object {
  return { apiVersion, kind, metadata: { name, namespace: 'default' }, spec }
}

/** An endpoint of a service. */
export interface ServiceEndpoint {
  readonly address: string
  readonly port: number
  readonly labels?: Readonly<Record<string, string>>
}

/** A service of the mesh on port 80, at these addresses. */
export function service(name: string, endpoints: readonly ServiceEndpoint[]): object {
  return document('ServiceEntry', name, {
    hosts: [hostOf(name)],
    location: 'MESH_INTERNAL',
    resolution: 'STATIC',
    ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
    endpoints: endpoints.map(({ address, port, labels }) => ({
      address,
      ports: { http: port },
      labels: { app: name, ...labels },
    })),
  })
}

export function hostOf(name: string): string {
  return `${name}.default.svc.cluster.local`
}

/** A door of the gateway with the label `app: gateway`, or of another, at this address. */
export function gateway(bind: string, port: number, name = 'door', app = 'gateway'): object {
  return document('Gateway', name, {
    selector: { app },
    servers: [{ port: { number: port, name: 'http', protocol: 'HTTP' }, bind, hosts: ['*'] }],
  })
}

/** Routes of everything that comes for a host, at the gateway or at sidecars. */
export function routes(
  host: string,
  http: readonly object[],
  gateways?: readonly string[],
): object {
  return document('VirtualService', host.replaceAll(/[^a-z0-9]/g, '-'), {
    hosts: [host],
    ...(gateways && { gateways }),
    http,
  })
}

/** One route with weights by the subset of a service. */
export function weighted(name: string, weights: Readonly<Record<string, number>>): object {
  return {
    route: Object.entries(weights).map(([subset, weight]) => ({
      destination: { host: hostOf(name), subset },
      weight,
    })),
  }
}

/** The subsets of a service, by the label `version`. */
export function subsets(name: string, versions: readonly string[]): object {
  return document('DestinationRule', name, {
    host: hostOf(name),
    subsets: versions.map((version) => ({ name: version, labels: { version } })),
  })
}

/** Where the sidecar of a workload listens, and the port of its program. */
export interface SidecarPorts {
  readonly bind: string
  readonly inbound: number
  readonly app: number
  /** Of the HTTP proxy for its program. Default: none. */
  readonly egress?: number
}

/** The sidecar of the workload with this label `app`. */
export function sidecar(name: string, { bind, inbound, app, egress }: SidecarPorts): object {
  return document('Sidecar', name, {
    workloadSelector: { labels: { app: name } },
    ingress: [
      {
        port: { number: inbound, protocol: 'HTTP', name: 'http' },
        bind,
        defaultEndpoint: `127.0.0.1:${app}`,
        captureMode: 'NONE',
      },
    ],
    egress: [
      {
        ...(egress !== undefined && {
          port: { number: egress, protocol: 'HTTP_PROXY', name: 'http-proxy' },
          bind,
          captureMode: 'NONE',
        }),
        hosts: ['./*'],
      },
    ],
  })
}

/** Access logs in JSON, as the mesh configuration asks for them. */
export const meshConfig: object = { accessLogFile: '/dev/stdout', accessLogEncoding: 'JSON' }
