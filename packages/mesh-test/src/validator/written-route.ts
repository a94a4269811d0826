import type { Snapshot } from '@meshwright/mesh-config'
import { durationMs, type HttpRoute, resolveHost } from '@meshwright/mesh-config'
import { isObject } from '../json.ts'
import type { RouteSource } from '../route-source.ts'

/** A route as it is written, a delegated one with what the delegating route adds. */
export interface WrittenRoute {
  readonly route: HttpRoute | undefined
  /** By which short names in it are read. */
  readonly namespace: string
}

/** The route that stands at an origin; none if nobody wrote it. */
export function writtenRoute(snapshot: Snapshot, origin: RouteSource | undefined): WrittenRoute {
  const inner = routeAt(snapshot, origin)
  const root = routeAt(snapshot, origin?.via)
  const namespace = origin?.resource?.namespace ?? 'default'
  if (inner === undefined || root === undefined) return { route: inner, namespace }
  return { route: { ...root, ...inner }, namespace }
}

function routeAt(
  { virtualServices }: Snapshot,
  origin: RouteSource | undefined,
): HttpRoute | undefined {
  const index = /^spec\.http\[(\d+)\]/.exec(origin?.path ?? '')?.[1]
  const { namespace, name } = origin?.resource ?? {}
  const resource = virtualServices.find(
    ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
  )
  return resource?.spec.http?.[Number(index)]
}

/**
 * A part of a route in a form in which equal parts are equal texts: full names of hosts, durations
 * in milliseconds, no defaults, members in order.
 */
export function canonicalText(part: unknown, namespace: string): string {
  return JSON.stringify(canonical(part, namespace)) ?? 'nothing'
}

const durations = new Set(['fixedDelay', 'exponentialDelay', 'timeout', 'perTryTimeout'])

function canonical(value: unknown, namespace: string): unknown {
  if (Array.isArray(value)) return value.map((one) => canonical(one, namespace))
  if (!isObject(value)) return value
  const members = Object.entries(value)
    .map(([name, one]) => [name, member(name, one, namespace)] as const)
    .filter(([, one]) => !isDefault(one))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members)
}

function member(name: string, value: unknown, namespace: string): unknown {
  if (typeof value !== 'string') return canonical(value, namespace)
  if (name === 'host') return resolveHost(value, namespace)
  return durations.has(name) ? durationMs(value) : value
}

/** Protobuf does not tell an absent scalar from its default. */
function isDefault(value: unknown): boolean {
  return value === undefined || value === null || value === 0 || value === '' || value === false
}
