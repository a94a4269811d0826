import { checkCount } from '../check-option.ts'
import { ResilienceError } from '../errors.ts'
import type { CallGraph, ServiceCall, ServiceStorm, StormReport, StormStep } from './call-graph.ts'

interface Edge extends StormStep {
  readonly usual: bigint
  readonly most: bigint
}

/** What reaches a service, as far as is known. */
interface Load {
  requests: bigint
  usual: bigint
  byPath: bigint
  path: readonly StormStep[]
}

/**
 * How many requests one request can become at each service when everything that can fail does so as often as it is tried, and the
 * way that brings most of them.
 *
 * Exact: along each way the tries multiply, and the ways to a service add up. It can happen: a service that fails each try but the
 * last lets its caller go on to the next call. Conditions, budgets, time-outs and breakers can only make it less.
 *
 * A service that can be reached from itself gets no bound, nor does what it calls: a request may go round for ever. Calls of 0
 * times are none. Whole numbers of any size; O(services × (services + calls)), for the ways.
 *
 * @throws {ResilienceError} `ERR_RESILIENCE_CALL_GRAPH`; `ERR_RESILIENCE_OPTION` for numbers that are not whole
 *
 * @example
 * ```ts
 * const report = retryStorm({
 *   entry: 'web',
 *   calls: [
 *     { from: 'web', to: 'cart', retries: 2 },
 *     { from: 'cart', to: 'stock', retries: 2, times: 2 },
 *   ],
 * })
 * report.worst.requests // => 18n
 * ```
 */
export function retryStorm(graph: CallGraph): StormReport {
  const edges = edgesOf(graph)
  const reached = reachedFrom(graph.entry, edges)
  const order = topological(reached, edges)
  const loads = loadsOf(graph.entry, order, edges)
  const services = reached.map((service): ServiceStorm => {
    const load = loads.get(service)
    if (load !== undefined) return { service, ...load }
    const path = pathAround(graph.entry, service, edges)
    return { service, requests: 'unbounded', usual: 'unbounded', path, byPath: 'unbounded' }
  })
  services.sort(byBurden)
  const [worst] = services
  if (worst === undefined) throw badGraph('a service where requests come in', 'none')
  const others = services.filter(({ service }) => service !== graph.entry)
  return { worst, services, total: sum(others.map(({ requests }) => requests)) }
}

function edgesOf({ entry, calls }: CallGraph): ReadonlyMap<string, readonly Edge[]> {
  if (typeof entry !== 'string') throw badGraph('the name of a service as entry', String(entry))
  const edges = new Map<string, Edge[]>()
  for (const [i, call] of calls.entries()) {
    const edge = edgeOf(call, `calls[${i}]`)
    if (edge.times === 0) continue
    const from = edges.get(edge.from) ?? []
    from.push(edge)
    edges.set(edge.from, from)
  }
  return edges
}

function edgeOf(call: ServiceCall, name: string): Edge {
  const { from, to, times = 1, retries = 0, hedges = 0 } = call
  if (typeof from !== 'string' || typeof to !== 'string') {
    throw badGraph(`the names of two services in ${name}`, `${String(from)} and ${String(to)}`)
  }
  checkCount(`${name}.times`, times)
  const tries =
    (1 + checkCount(`${name}.retries`, retries)) * (1 + checkCount(`${name}.hedges`, hedges))
  if (!Number.isSafeInteger(tries))
    throw badGraph(`tries that can be counted in ${name}`, `${tries}`)
  const usual = BigInt(times)
  return { from, to, times, tries, usual, most: usual * BigInt(tries) }
}

/** In no order that means anything. */
function reachedFrom(entry: string, edges: ReadonlyMap<string, readonly Edge[]>): string[] {
  const reached = new Set([entry])
  // What is added while going through a set is gone through too.
  for (const service of reached) {
    for (const { to } of edges.get(service) ?? []) reached.add(to)
  }
  return [...reached]
}

/** Callers before whom they call; what is on a cycle or behind one is left out. */
function topological(
  reached: readonly string[],
  edges: ReadonlyMap<string, readonly Edge[]>,
): readonly string[] {
  const callers = new Map<string, number>(reached.map((service) => [service, 0]))
  const targets = reached.flatMap((service) => (edges.get(service) ?? []).map(({ to }) => to))
  for (const to of targets) callers.set(to, (callers.get(to) ?? 0) + 1)
  const free = new Set(reached.filter((service) => callers.get(service) === 0))
  for (const service of free) {
    for (const { to } of edges.get(service) ?? []) {
      const left = (callers.get(to) ?? 0) - 1
      callers.set(to, left)
      if (left === 0) free.add(to)
    }
  }
  return [...free]
}

function loadsOf(
  entry: string,
  order: readonly string[],
  edges: ReadonlyMap<string, readonly Edge[]>,
): ReadonlyMap<string, Load> {
  const known = new Set(order)
  const loads = new Map<string, Load>(
    order.map((service) => [service, { requests: 0n, usual: 0n, byPath: 0n, path: [] }]),
  )
  const first = loads.get(entry)
  if (first !== undefined) Object.assign(first, { requests: 1n, usual: 1n, byPath: 1n })
  for (const service of order) {
    const from = loads.get(service)
    for (const edge of edges.get(service) ?? []) {
      const to = known.has(edge.to) ? loads.get(edge.to) : undefined
      if (from !== undefined && to !== undefined) pass(from, edge, to)
    }
  }
  return loads
}

function pass(from: Load, edge: Edge, to: Load): void {
  to.requests += from.requests * edge.most
  to.usual += from.usual * edge.usual
  const byPath = from.byPath * edge.most
  if (byPath <= to.byPath) return
  to.byPath = byPath
  to.path = [...from.path, stepOf(edge)]
}

/** A way from the entry to a service that is met again, and on from there. */
function pathAround(
  entry: string,
  service: string,
  edges: ReadonlyMap<string, readonly Edge[]>,
): readonly StormStep[] {
  const loop = firstLoop(entry, edges, reaching(service, edges))
  const met = loop.at(-1)?.to ?? entry
  return [...loop, ...shortestWay(met, service, edges)].map(stepOf)
}

/** The services from which one can be reached. */
function reaching(
  service: string,
  edges: ReadonlyMap<string, readonly Edge[]>,
): ReadonlySet<string> {
  const callers = Map.groupBy([...edges.values()].flat(), ({ to }) => to)
  const found = new Set([service])
  for (const it of found) for (const { from } of callers.get(it) ?? []) found.add(from)
  return found
}

/** Goes on, among some services, until it meets one again that it came by; and back where there is no way on. */
function firstLoop(
  entry: string,
  edges: ReadonlyMap<string, readonly Edge[]>,
  within: ReadonlySet<string>,
): readonly Edge[] {
  const way: Edge[] = []
  const onWay = new Set([entry])
  const seen = new Set([entry])
  for (;;) {
    const at = way.at(-1)?.to ?? entry
    const on = edges.get(at)?.filter(({ to }) => within.has(to)) ?? []
    const back = on.find(({ to }) => onWay.has(to))
    if (back !== undefined) return [...way, back]
    const next = on.find(({ to }) => !seen.has(to))
    if (next !== undefined) {
      way.push(next)
      onWay.add(next.to)
      seen.add(next.to)
      continue
    }
    if (way.pop() === undefined) return []
    onWay.delete(at)
  }
}

function shortestWay(
  from: string,
  to: string,
  edges: ReadonlyMap<string, readonly Edge[]>,
): readonly Edge[] {
  const cameBy = new Map<string, Edge | undefined>([[from, undefined]])
  for (const service of cameBy.keys()) {
    for (const edge of edges.get(service) ?? []) {
      if (!cameBy.has(edge.to)) cameBy.set(edge.to, edge)
    }
  }
  const way: Edge[] = []
  for (let edge = cameBy.get(to); edge !== undefined; edge = cameBy.get(edge.from)) way.push(edge)
  return way.toReversed()
}

function stepOf({ from, to, times, tries }: Edge): StormStep {
  return { from, to, times, tries }
}

function byBurden(a: ServiceStorm, b: ServiceStorm): number {
  if (a.requests !== b.requests) {
    if (a.requests === 'unbounded') return -1
    if (b.requests === 'unbounded') return 1
    return a.requests > b.requests ? -1 : 1
  }
  return a.service < b.service ? -1 : 1
}

function sum(counts: readonly ServiceStorm['requests'][]): bigint | 'unbounded' {
  let total = 0n
  for (const it of counts) {
    if (it === 'unbounded') return it
    total += it
  }
  return total
}

function badGraph(expected: string, got: string): ResilienceError {
  return new ResilienceError('ERR_RESILIENCE_CALL_GRAPH', `expected ${expected}, got ${got}`)
}
