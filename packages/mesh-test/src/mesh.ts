import {
  createLocator,
  type Locator,
  readConfig,
  resolveHost,
  type Snapshot,
  type SourceFile,
} from '@meshwright/mesh-config'
import { readAssuming } from './assumed-resources.ts'
import { boundedValue } from './bounded-value.ts'
import { type EnvoyDocument, envoyDocuments, envoyRoutes } from './envoy-routes.ts'
import { configError, MeshTestError } from './errors.ts'
import { istioRoutes, type ProxyRoutes, writtenRoutes } from './istio-routes.ts'
import { CoverageRecorder, type MeshCoverage, originsIn } from './mesh-coverage.ts'
import type { ProxySelection } from './proxy-selection.ts'
import type { RouteSet } from './route-set.ts'
import type { RouteSource } from './route-source.ts'
import { type RequestContext, type RoutedRequest, routeRequest } from './routed-request.ts'
import type { RequestOptions } from './sent-request.ts'
import { unenforcedAssumptions } from './unenforced.ts'

/** What a mesh is made of. */
export interface MeshOptions {
  /** Texts in memory: Istio's resources, or Envoy configuration; told by what is in them. */
  readonly files?: readonly SourceFile[]
  /** An Envoy configuration as a value: a route configuration, a bootstrap, a config dump. */
  readonly configuration?: unknown
  /**
   * Make up services, subsets and gateways that Istio's resources refer to and that are not among
   * them, and something that listens on port 80, so that the virtual services of one team can be
   * tested alone. Default: false, they are faults.
   */
  readonly assumeMissing?: boolean
  /** Through whose eyes; for Istio's resources only. Default: a sidecar of the namespace `default`. */
  readonly proxy?: ProxySelection
}

/** What a request has beyond its line, and who sends it. */
export interface MeshRequestOptions extends RequestOptions {
  /** The proxy that it goes through, as `mesh.from` takes it. Default: the mesh's own. */
  readonly from?: ProxySelection
}

/** Names a route of a mesh. */
export interface MeshRouteRef {
  /** The name of the route configuration. */
  readonly routeConfiguration: string
  readonly virtualHostIndex: number
  readonly routeIndex: number
}

/** Routing as one proxy sees it, to put requests to. */
export interface Mesh {
  /** All that was read of Istio's resources; undefined for an Envoy configuration. */
  readonly snapshot: Snapshot | undefined
  /** Through whose eyes it is seen; undefined for an Envoy configuration. */
  readonly proxy: ProxySelection | undefined
  /**
   * What the answers rest on because it is not looked at, each a sentence: that requests pass an
   * AuthorizationPolicy, for one.
   */
  readonly assumptions: readonly string[]
  /** In order of their names, those that listeners hold themselves last. */
  readonly routeConfigurations: readonly RouteSet[]
  /**
   * Tells what becomes of a request: `GET http://reviews:9080/path`.
   *
   * @throws {MeshTestError} if the line is not of that form.
   */
  request(line: string, options?: MeshRequestOptions): RoutedRequest
  /** The same mesh through the eyes of another proxy; an Envoy configuration has one proxy only. */
  from(proxy: ProxySelection): Mesh
  /** Where a route is written; undefined if nobody wrote it. */
  originOf(ref: MeshRouteRef): RouteSource | undefined
  /** What of the configuration the requests so far took, those through the eyes of other proxies included. */
  coverage(): MeshCoverage
}

/**
 * Makes a mesh of what is in memory.
 *
 * @throws {MeshTestError} if the configuration has faults (`diagnostics` names each, with its place),
 * if there are no routes in it, or if the proxy cannot be told.
 */
export function createMesh(options: MeshOptions): Mesh {
  const { files = [], configuration } = options
  const istio = files.filter(isIstio)
  const envoy = files.filter((file) => !isIstio(file))
  if (istio.length > 0 && (envoy.length > 0 || configuration !== undefined)) {
    throw new MeshTestError(
      `expected Istio's resources or an Envoy configuration, got both: ${[...istio, ...envoy].map(({ path }) => path).join(', ')}`,
      { code: 'ERR_MESH_TEST_FORMAT' },
    )
  }
  if (istio.length > 0) return istioMesh(istio, options)
  const inMemory: readonly EnvoyDocument[] =
    configuration === undefined
      ? []
      : [
          {
            name: inMemoryName,
            value: boundedValue(configuration, inMemoryName),
            place: () => undefined,
          },
        ]
  return envoyMesh(envoyRoutes([...inMemory, ...envoyDocuments(envoy)]))
}

/** What stands for a path of a value that has none. */
const inMemoryName = '(configuration)'

// At the begin of a line for YAML, anywhere for JSON: no message of Envoy's has such a field.
const istioForm = /^(?:---[ \t]+)?[ \t]*[{"]*apiVersion"?[ \t]*:/m

function isIstio({ path, text }: SourceFile): boolean {
  return istioForm.test(text) || /(?:^|[/\\])mesh\.(?:ya?ml|json)$/.test(path)
}

function istioMesh(given: readonly SourceFile[], options: MeshOptions): Mesh {
  const { proxy = {}, assumeMissing = false } = options
  const { snapshot, diagnostics, files } = assumeMissing
    ? readAssuming(given)
    : { ...readConfig(given, { unenforced: 'warn' }), files: given }
  if (snapshot === undefined) throw configError(diagnostics)
  const locator = createLocator(files)
  const recorder = new CoverageRecorder(() => writtenRoutes(snapshot, locator))
  const assumptions = unenforcedAssumptions(diagnostics)
  return snapshotMesh(snapshot, proxy, { assumptions, locator, recorder })
}

/** How many other proxies' views are kept; more are compiled anew. */
const maxViews = 100

interface Shared extends Pick<Mesh, 'assumptions'> {
  readonly locator: Locator
  readonly recorder: CoverageRecorder
}

function snapshotMesh(snapshot: Snapshot, proxy: ProxySelection, shared: Shared): Mesh {
  const { kind = 'sidecar', namespace = 'default', clusterDomain } = proxy
  const others = new Map<string, Mesh>()
  return meshOf({
    snapshot,
    proxy,
    assumptions: shared.assumptions,
    routes: istioRoutes(snapshot, proxy, shared.locator),
    recorder: shared.recorder,
    lenient: kind === 'router',
    fullNames: (host) => fullNames(host, namespace, clusterDomain),
    from: (other) => {
      const key = JSON.stringify(other)
      const known = others.get(key) ?? snapshotMesh(snapshot, { ...proxy, ...other }, shared)
      if (others.size >= maxViews) others.clear()
      others.set(key, known)
      return known
    },
  })
}

/** `reviews`, `reviews.default` and `reviews.default.svc` are short for a service of the cluster. */
function fullNames(host: string, namespace: string, domain = 'cluster.local'): readonly string[] {
  return [resolveHost(host, namespace, domain), host, `${host}.svc.${domain}`, `${host}.${domain}`]
}

function envoyMesh(routes: ProxyRoutes): Mesh {
  const mesh: Mesh = meshOf({
    snapshot: undefined,
    proxy: undefined,
    assumptions: [],
    routes,
    recorder: new CoverageRecorder(() => originsIn(routes.sets)),
    lenient: true,
    fullNames: (host) => [host],
    from: () => mesh,
  })
  return mesh
}

function meshOf({
  assumptions,
  from,
  proxy: seenBy,
  snapshot,
  ...context
}: RequestContext & Pick<Mesh, 'assumptions' | 'from' | 'proxy' | 'snapshot'>): Mesh {
  const { sets } = context.routes
  return {
    snapshot,
    proxy: seenBy,
    assumptions,
    coverage: () => context.recorder.report(),
    routeConfigurations: sets,
    request: (line, { from: proxy, ...options } = {}) =>
      proxy === undefined
        ? routeRequest(line, options, context)
        : from(proxy).request(line, options),
    from,
    originOf: ({ routeConfiguration, virtualHostIndex, routeIndex }) =>
      sets.find(({ name }) => name === routeConfiguration)?.originOf(virtualHostIndex, routeIndex),
  }
}
