import { readConfig, type Snapshot } from '@meshwright/mesh-config'
import { compile, type MeshProxy, proxyFromNode, type Resources } from '../src/index.ts'

/** Reads YAML into a snapshot that nobody can change; what is wrong with it is thrown. */
export function snapshotOf(...documents: readonly string[]): Snapshot {
  const text = documents.join('\n---\n')
  const { snapshot, diagnostics } = readConfig([{ path: 'mesh.yaml', text }])
  if (snapshot === undefined) throw new Error(JSON.stringify(diagnostics, null, 2))
  return frozen(snapshot)
}

/** A sidecar in the namespace `default` at 127.0.1.10, without capture unless said otherwise. */
export function sidecar(overrides: Partial<MeshProxy> = {}): MeshProxy {
  const node = {
    id: 'sidecar~127.0.1.10~client.default~default.svc.cluster.local',
    metadata: { INTERCEPTION_MODE: 'NONE' },
  }
  return frozen({ ...proxyFromNode(node), ...overrides })
}

/** A gateway with the label `istio: ingressgateway`. */
export function router(overrides: Partial<MeshProxy> = {}): MeshProxy {
  const node = {
    id: 'router~127.0.1.100~ingress.default~default.svc.cluster.local',
    metadata: { LABELS: { istio: 'ingressgateway' } },
  }
  return frozen({ ...proxyFromNode(node), ...overrides })
}

/** A service entry for `NAME.NAMESPACE.svc.cluster.local` on HTTP port 9080 with two versions. */
export function service(name: string, namespace = 'default', more = ''): string {
  return `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  hosts: [${name}.${namespace}.svc.cluster.local]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: 9080, name: http, protocol: HTTP}]
  endpoints:
  - {address: 127.0.1.1, labels: {version: v1}}
  - {address: 127.0.1.2, labels: {version: v2}}
${more}`
}

/** A VirtualService `reviews` for the host `reviews` with these HTTP routes, in YAML. */
export function httpRoutes(routes: string, more = ''): string {
  return `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: default}
spec:
  hosts: [reviews]
${more}
  http:
${routes}`
}

/** The resource of a list with this name; it is a fault of the test if there is none. */
export function named<T extends { readonly name?: string }>(list: readonly T[], name: string): T {
  const found = list.find((resource) => resource.name === name)
  if (found === undefined) throw new Error(`no ${name} among ${list.map((one) => one.name)}`)
  return found
}

/** The names of the resources of a list. */
export function names(
  list: readonly { readonly name?: string }[],
): readonly (string | undefined)[] {
  return list.map(({ name }) => name)
}

/** The routes of the reviews service as the sidecar at 127.0.1.10 gets them. */
export function reviewsRoutes(
  documents: readonly string[],
  proxy: MeshProxy = sidecar(),
): NonNullable<NonNullable<Resources['routes'][number]['virtualHosts']>[number]['routes']> {
  const { routes } = compile(snapshotOf(service('reviews'), ...documents), proxy)
  const table = named(routes, '9080')
  return named(table.virtualHosts ?? [], 'reviews.default.svc.cluster.local:9080').routes ?? []
}

/** Freezes a value and all that it holds. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) frozen(inner)
  }
  return value
}
