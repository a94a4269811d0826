import { checkCount } from '../check-option.ts'

/** What a priority can bear, in per cent: of healthy and of degraded hosts, overprovisioning counted in. */
export interface PriorityAvailability {
  readonly healthy: number
  readonly degraded: number
}

/** What goes to each priority, in per cent; all together 100. */
export interface PriorityShares {
  readonly healthy: readonly number[]
  readonly degraded: readonly number[]
}

/** See {@link previousPriorities}. */
export interface PreviousPriorities {
  /**
   * The shares for the next try.
   *
   * @param attempted the priority of each host tried so far; undefined for one that is gone
   * @param usual the shares of a first try, which are also those if there is no other priority
   */
  shares(
    attempted: readonly (number | undefined)[],
    priorities: readonly PriorityAvailability[],
    usual: PriorityShares,
  ): PriorityShares
}

/**
 * Sends retries to priorities that were not tried: after every `updateFrequency` tries those tried so far get nothing, and what is
 * left shares the load by what it can bear. When none is left that could bear anything, all may be tried again.
 *
 * For one request. Envoy: `envoy.retry_priorities.previous_priorities`.
 *
 * @throws {ResilienceError} `ERR_RESILIENCE_OPTION`
 */
export function previousPriorities(options: {
  readonly updateFrequency: number
}): PreviousPriorities {
  const frequency = checkCount('updateFrequency', options.updateFrequency, 1)
  let forgotten = 0
  let last: PriorityShares | undefined
  return {
    shares(attempted, given, usual) {
      const priorities = given.map(wholePercents)
      const recent = attempted.slice(forgotten)
      if (recent.length < frequency) return usual
      if (recent.length % frequency !== 0) return last ?? usual
      let rest = without(new Set(recent), priorities)
      if (total(rest) === 0) {
        forgotten = attempted.length
        rest = priorities
      }
      last = total(rest) === 0 ? usual : distribute(rest)
      return last
    },
  }
}

/** What is no percentage counts as none, so that shares always add up. */
function wholePercents({ healthy, degraded }: PriorityAvailability): PriorityAvailability {
  const whole = (it: number): number => Math.min(100, Math.max(0, Math.floor(it) || 0))
  return { healthy: whole(healthy), degraded: whole(degraded) }
}

function without(
  excluded: ReadonlySet<number | undefined>,
  priorities: readonly PriorityAvailability[],
): readonly PriorityAvailability[] {
  return priorities.map((it, i) => (excluded.has(i) ? { healthy: 0, degraded: 0 } : it))
}

/** At most 100. */
function total(priorities: readonly PriorityAvailability[]): number {
  return Math.min(
    100,
    priorities.reduce((sum, { healthy, degraded }) => sum + healthy + degraded, 0),
  )
}

/** What rounding leaves goes to the first that has any, in turns, as in Envoy. */
function distribute(priorities: readonly PriorityAvailability[]): PriorityShares {
  const sum = total(priorities)
  const shares = { healthy: priorities.map(() => 0), degraded: priorities.map(() => 0) }
  let left = 100
  const give = (kind: 'healthy' | 'degraded', i: number): void => {
    const share = Math.min(left, Math.floor(((priorities[i]?.[kind] ?? 0) * 100) / sum))
    shares[kind][i] = (shares[kind][i] ?? 0) + share
    left -= share
  }
  while (left > 0) {
    for (const i of priorities.keys()) give('healthy', i)
    for (const i of priorities.keys()) give('degraded', i)
  }
  return shares
}
