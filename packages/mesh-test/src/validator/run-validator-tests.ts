import { hostCovers, type Snapshot } from '@meshwright/mesh-config'
import { MeshTestError } from '../errors.ts'
import type { Mesh } from '../mesh.ts'
import { type RouteSource, sourceText } from '../route-source.ts'
import type { RoutedRequest } from '../routed-request.ts'
import {
  type CaseFailure,
  type CaseResult,
  type SuiteResult,
  suiteResult,
} from '../suite-result.ts'
import {
  type ValidatorRequest,
  type ValidatorTest,
  validatorFields,
} from './read-validator-tests.ts'
import { canonicalText, writtenRoute } from './written-route.ts'

/**
 * Runs tests of istio-config-validator against a mesh of Istio's resources.
 *
 * Requests go the way that the virtual service of their host is bound: through a sidecar of its
 * namespace, or through its gateways. What is compared is what is written in the route that takes
 * them, as in that tool; which route takes them is decided as in Istio, so that a delegate that
 * Istio would drop is dropped here. Coverage is that of everything written.
 *
 * @throws {MeshTestError} if the mesh is of an Envoy configuration.
 */
export function runValidatorTests(mesh: Mesh, tests: readonly ValidatorTest[]): SuiteResult {
  const { snapshot } = mesh
  if (snapshot === undefined) {
    throw new MeshTestError("expected a mesh of Istio's resources, got an Envoy configuration", {
      code: 'ERR_MESH_TEST_FORMAT',
    })
  }
  const results = tests.map((test) => caseResult(mesh, snapshot, test))
  return suiteResult(results, mesh.coverage().routes.percent)
}

function caseResult(mesh: Mesh, snapshot: Snapshot, test: ValidatorTest): CaseResult {
  const failures = test.requests.flatMap((request) => {
    const routed = routedBy(mesh, snapshot, { ...request, headers: test.headers })
    return failuresOf(test, routed, snapshot)
  })
  return { name: test.description, ok: failures.length === 0, failures }
}

function failuresOf(
  { expected, wantMatch }: ValidatorTest,
  routed: RoutedRequest,
  snapshot: Snapshot,
): readonly CaseFailure[] {
  const { route, namespace } = writtenRoute(snapshot, routed.origin)
  return validatorFields
    .filter((field) => expected[field] !== undefined)
    .flatMap((field) => {
      const wanted = canonicalText(expected[field], namespace)
      const got = canonicalText(route?.[field], namespace)
      if ((wanted === got) === wantMatch) return []
      return [
        {
          field: `${routed.line}: ${field}`,
          expected: wantMatch ? wanted : `anything but ${wanted}`,
          actual: `${got}${placeText(routed.origin)}`,
        },
      ]
    })
}

function placeText(origin: RouteSource | undefined): string {
  return origin === undefined ? ' (no written route)' : ` (${sourceText(origin)})`
}

interface SentTest extends ValidatorRequest {
  readonly headers: Readonly<Record<string, string>>
}

function routedBy(mesh: Mesh, snapshot: Snapshot, sent: SentTest): RoutedRequest {
  const { authority, method, uri, headers } = sent
  const ways = waysTo(snapshot, authority)
  const routed = ways.map(({ router, namespace, port }) => {
    const view = mesh.from({ kind: router ? 'router' : 'sidecar', namespace })
    const target = authority.includes(':') || port === 80 ? authority : `${authority}:${port}`
    return view.request(`${method} http://${target}${uri}`, {
      headers: { ...headers, host: authority },
    })
  })
  // Without a virtual service for the host, the mesh answers as it is seen.
  const [first = mesh.request(`${method} http://${authority}${uri}`, { headers })] = routed
  return routed.find(({ origin }) => origin !== undefined) ?? first
}

interface Way {
  readonly router: boolean
  readonly namespace: string
  readonly port: number
}

/** By which proxies and ports the virtual services of a host are reached. */
function waysTo({ virtualServices, services }: Snapshot, authority: string): readonly Way[] {
  const host = authority.replace(/:\d+$/, '')
  return virtualServices
    .filter(({ spec }) => (spec.hosts ?? []).some((pattern) => hostCovers(pattern, host)))
    .flatMap(({ metadata: { namespace }, spec: { gateways = ['mesh'] } }) => {
      const names = new Set([host, `${host}.${namespace}.svc.cluster.local`])
      const ports = services
        .filter(({ hostname }) => names.has(hostname))
        .flatMap((service) => service.ports.map(({ number }) => number))
      const ofMesh = gateways.length === 0 || gateways.includes('mesh')
      const numbers = ports.length === 0 ? [80] : [...new Set(ports)]
      return [
        ...(ofMesh ? numbers.map((port) => ({ router: false, namespace, port })) : []),
        ...(gateways.some((one) => one !== 'mesh') ? [{ router: true, namespace, port: 80 }] : []),
      ]
    })
}
