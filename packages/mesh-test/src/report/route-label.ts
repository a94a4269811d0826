import type { RouteRef } from '@meshwright/route-analysis'
import type { RouteSet } from '../route-set.ts'
import { type RouteSource, sourceText } from '../route-source.ts'

/** Where a route is written, or what the configuration calls it. */
export function routeLabel(set: RouteSet, ref: RouteRef): string {
  const source = sourceOf(set, ref)
  if (source !== undefined) return sourceText(source)
  const { virtualHost, route, name } = ref
  if (route === -1) return `the redirect to https of ${virtualHost}`
  return `route ${route}${name === '' ? '' : ` (${name})`} of ${virtualHost}`
}

/** The place in a file. */
export function sourceOf(set: RouteSet, ref: RouteRef | undefined): RouteSource | undefined {
  if (ref === undefined || ref.route < 0) return undefined
  return set.originOf(ref.virtualHostIndex, ref.route)
}
