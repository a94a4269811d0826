import type { HostMonitor } from './host-monitor.ts'
import type { OutlierConfig } from './outlier-options.ts'

/** Hosts of enough volume in the last interval, and what they are measured against. */
export interface SuccessRates<Host> {
  /** `undefined` where too few hosts can be compared. */
  readonly comparison: RateComparison | undefined
  /** Below the threshold. */
  readonly outliers: readonly HostMonitor<Host>[]
  /** With too many failures, whatever the others do. */
  readonly failing: readonly HostMonitor<Host>[]
}

export interface RateComparison {
  readonly average: number
  readonly threshold: number
}

/**
 * Compares the hosts that are not ejected: with their mean less so many standard deviations, and with the failure percentage.
 * O(hosts).
 */
export function successRatesOf<Host>(
  monitors: Iterable<HostMonitor<Host>>,
  hostCount: number,
  origin: 'external' | 'local',
  config: OutlierConfig,
): SuccessRates<Host> {
  const { successRateMinimumHosts: leastHosts, failurePercentageMinimumHosts: leastFailing } =
    config
  if (hostCount < leastHosts && hostCount < leastFailing) return nothing
  const comparable: HostMonitor<Host>[] = []
  const weighable: HostMonitor<Host>[] = []
  for (const monitor of monitors) {
    const { volume } = monitor.tally(origin)
    if (monitor.isEjected || volume === 0) continue
    if (volume >= config.successRateRequestVolume) comparable.push(monitor)
    if (volume >= config.failurePercentageRequestVolume) weighable.push(monitor)
  }
  const rateOf = (it: HostMonitor<Host>): number => it.tally(origin).successRate ?? 0
  const isCompared = comparable.length > 0 && comparable.length >= leastHosts
  const isWeighed = weighable.length > 0 && weighable.length >= leastFailing
  const comparison = isCompared
    ? compare(comparable.map(rateOf), config.successRateStdevFactor / thousand)
    : undefined
  return {
    comparison,
    outliers: comparison ? comparable.filter((it) => rateOf(it) < comparison.threshold) : [],
    failing: isWeighed
      ? weighable.filter((it) => 100 - rateOf(it) >= config.failurePercentageThreshold)
      : [],
  }
}

function compare(rates: readonly number[], factor: number): RateComparison {
  const average = sum(rates) / rates.length
  const variance = sum(rates.map((rate) => (rate - average) ** 2)) / rates.length
  return { average, threshold: average - factor * Math.sqrt(variance) }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, it) => total + it, 0)
}

const thousand = 1_000
const nothing = { comparison: undefined, outliers: [], failing: [] } as const
