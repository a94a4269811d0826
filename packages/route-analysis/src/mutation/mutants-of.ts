import {
  type CompileOptions,
  compileRoutes,
  RouteConfigError,
  type RouteConfigurationJson,
  type RouteJson,
  type VirtualHostJson,
} from '@meshwright/route-matcher'
import type { RouteRef } from '../route-ref.ts'
import type { Change } from './change.ts'
import { changedRoute } from './change-route.ts'
import { haveDisjointPaths } from './disjoint-paths.ts'
import type { Mutant, MutantKind } from './mutant.ts'

/**
 * Makes mutants of a configuration: one for each way to put one small fault into one of its routes. They are made as they
 * are asked for, in the order of the routes, and share all that is not changed. A change that would not compile is passed
 * over; one that changes nothing of what happens to requests is not (see `mutationTest`). Virtual hosts with a generic
 * matcher in place of routes have none.
 *
 * @throws {RouteConfigError} if the configuration itself has faults.
 */
export function* mutantsOf(
  configuration: RouteConfigurationJson,
  options: CompileOptions = {},
): Generator<Mutant> {
  const { clusters } = compileRoutes(configuration, options)
  for (const [hostAt, host] of (configuration.virtualHosts ?? []).entries()) {
    for (const routeAt of (host.routes ?? []).keys()) {
      for (const change of changesAt({ host, hostAt, routeAt }, clusters)) {
        if (compiles(configuration, { ...host, routes: change.value.touched }, options)) {
          yield mutantOf(configuration, { host, hostAt, routeAt }, change)
        }
      }
    }
  }
}

function mutantOf(
  configuration: RouteConfigurationJson,
  { host, hostAt, routeAt }: Place,
  { kind, at, description, value }: Change<ChangedList>,
): Mutant {
  const { virtualHosts = [] } = configuration
  const ref = refOf(host, hostAt, routeAt)
  const name = ref.name === '' ? '' : ` (${ref.name})`
  return {
    id: `virtualHosts[${hostAt}].routes[${routeAt}] ${kind}${at === '' ? '' : ` ${at}`}`,
    kind,
    ref,
    description: `route ${routeAt}${name} of ${ref.virtualHost}: ${description}`,
    // Made when it is read: a list of mutants must not hold a list of routes for each.
    get configuration() {
      const changed = { ...host, routes: value.routes() }
      return { ...configuration, virtualHosts: virtualHosts.with(hostAt, changed) }
    },
  }
}

interface Place {
  readonly host: VirtualHostJson
  readonly hostAt: number
  readonly routeAt: number
}

interface ChangedList {
  /** All routes of the virtual host. */
  readonly routes: () => readonly RouteJson[]
  /** Those that are new, to be compiled once more. */
  readonly touched: readonly RouteJson[]
}

/** Regexes of one pattern have many changes that cannot be told apart by where they are. */
function* changesAt(
  { host, routeAt }: Place,
  clusters: readonly string[],
): Generator<Change<ChangedList>> {
  const { routes = [] } = host
  const route = routes[routeAt]
  if (route === undefined) return
  const places = new Map<string, number>()
  for (const change of changedRoute(route, clusters)) {
    const key = `${change.kind} ${change.at}`
    const count = (places.get(key) ?? 0) + 1
    places.set(key, count)
    const value = { routes: () => routes.with(routeAt, change.value), touched: [change.value] }
    yield { ...change, at: count === 1 ? change.at : `${change.at} #${count}`, value }
  }
  yield listChange('dropped-route', 'dropped', () => routes.toSpliced(routeAt, 1))
  const next = routes[routeAt + 1]
  if (next === undefined || haveDisjointPaths(route, next)) return
  const swapped = () => routes.with(routeAt, next).with(routeAt + 1, route)
  yield listChange('swapped-routes', `swapped with route ${routeAt + 1}`, swapped)
}

function listChange(
  kind: MutantKind,
  description: string,
  routes: ChangedList['routes'],
): Change<ChangedList> {
  return { kind, at: '', description, value: { routes, touched: [] } }
}

/** The routes that did not change compiled before. */
function compiles(
  configuration: RouteConfigurationJson,
  host: VirtualHostJson,
  options: CompileOptions,
): boolean {
  if ((host.routes ?? []).length === 0) return true
  try {
    compileRoutes({ ...configuration, virtualHosts: [host] }, options)
    return true
  } catch (error) {
    if (error instanceof RouteConfigError) return false
    throw error
  }
}

function refOf(host: VirtualHostJson, virtualHostIndex: number, route: number): RouteRef {
  const name = host.routes?.[route]?.name ?? ''
  return { virtualHost: host.name ?? '', virtualHostIndex, route, name }
}
