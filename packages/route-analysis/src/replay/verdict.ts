import type { Destination } from './destinations.ts'
import type { LoggedRequest } from './logged-request.ts'

/**
 * Where a request would go. `same`: where it went, with the same odds. `possible`: the draw decides, or the odds changed.
 * `elsewhere`: whatever the draw. `undecided`: the log does not say where it went.
 */
export type ReplayVerdict = 'same' | 'possible' | 'elsewhere' | 'undecided'

/** Shares that differ by less are the same; they are sums of fractions. */
const shareTolerance = 1e-9

/** Compares where two configurations send a request. */
export function verdictOf(before: Destination, after: Destination): ReplayVerdict {
  let common = 0
  let alike = before.places.size === after.places.size
  for (const [place, share] of before.places) {
    const other = after.places.get(place)
    if (other !== undefined) common++
    if (other === undefined || Math.abs(other - share) > shareTolerance) alike = false
  }
  if (alike) return 'same'
  return common > 0 ? 'possible' : 'elsewhere'
}

/** Compares where a request went, in words, with where a configuration sends it. */
export function loggedVerdict(
  entry: LoggedRequest,
  after: Destination,
): [from: string, verdict: ReplayVerdict] {
  const { upstreamCluster, responseFlags, routeName, status } = entry
  if (upstreamCluster !== undefined && upstreamCluster !== '') {
    const place = `cluster ${upstreamCluster}`
    return [place, memberOf(after.places, place)]
  }
  if (responseFlags?.split(',').some((flag) => noRouteFlags.has(flag)) === true) {
    return ['no route', memberOf(after.places, 'no route')]
  }
  if (routeName !== undefined && routeName !== '') {
    const from = `route ${routeName}`
    const isNamed = [...after.routes].every((name) => name !== '')
    const verdict = memberOf(after.routes, routeName)
    // A route without a name may be the one that had this name before.
    return [from, verdict === 'elsewhere' && !isNamed ? 'undecided' : verdict]
  }
  const from = `status ${status ?? 'unknown'}`
  const answers =
    after.label === `redirect ${status}` || after.label === `direct response ${status}`
  return [from, answers ? 'same' : 'undecided']
}

/** The short and the long form of what Envoy writes when no route takes a request. */
const noRouteFlags: ReadonlySet<string> = new Set(['NR', 'NoRouteFound'])

function memberOf(
  places: { has(place: string): boolean; readonly size: number },
  place: string,
): ReplayVerdict {
  if (!places.has(place)) return 'elsewhere'
  return places.size === 1 ? 'same' : 'possible'
}
