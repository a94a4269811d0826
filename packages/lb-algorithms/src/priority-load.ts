import { checkInteger, checkNumber, maxUint32 } from './host-set-settings.ts'

/** How many hosts a priority has. */
export interface PriorityHealth {
  readonly total: number
  readonly healthy: number
  readonly degraded: number
  /** Weights of the same, where the capacity of a priority goes by them. Panic goes by hosts all the same. */
  readonly weights?: Readonly<Record<'total' | 'healthy' | 'degraded', number>>
  /** Percent, where priorities have factors of their own, as those of an aggregate. Default: that of all. */
  readonly overprovisioningFactor?: number
}

/** How traffic is split over priorities; percentages, one entry per priority, 100 in all. */
export interface PriorityLoad {
  readonly healthy: readonly number[]
  readonly degraded: readonly number[]
  /** Whether the health of the hosts in this priority is to be ignored. */
  readonly panic: readonly boolean[]
}

/**
 * Splits traffic over priorities as Envoy does, in its integers.
 *
 * A priority can take its share of available hosts times the overprovisioning factor; what it cannot take spills over to
 * the next, degraded hosts only after all healthy ones. If less than 100 % can be taken at all, the shares are scaled up,
 * and priorities below the panic threshold use every host. If all of them are, each takes traffic by its number of hosts.
 *
 * @throws {HostSetError} if a number of hosts, a weight or a percentage makes no sense
 * @see https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/priority
 *
 * @example
 * ```ts
 * const half = { total: 10, healthy: 5, degraded: 0 }
 * const whole = { total: 10, healthy: 10, degraded: 0 }
 * priorityLoad([half, whole]).healthy // => [70, 30]
 * ```
 */
export function priorityLoad(
  priorities: readonly PriorityHealth[],
  overprovisioningFactor = 140,
  panicThresholdPercent = 50,
): PriorityLoad {
  checkNumber('overprovisioningFactor', overprovisioningFactor, [0, maxUint32])
  checkNumber('panicThresholdPercent', panicThresholdPercent, [0, 100])
  for (const priority of priorities) checkHealth(priority)
  const canTake = (kind: 'healthy' | 'degraded'): number[] =>
    priorities.map((it) => {
      const { [kind]: usable, total } = it.weights ?? it
      return Math.min(
        100,
        percentOf(usable * (it.overprovisioningFactor ?? overprovisioningFactor), total),
      )
    })
  const healthyShare = canTake('healthy')
  const degradedShare = canTake('degraded')
  const available = Math.min(100, sum(healthyShare) + sum(degradedShare))
  const panic = priorities.map(
    (it) => available < 100 && availablePercent(it) < panicThresholdPercent,
  )
  if (panic.every(Boolean)) return totalPanic(priorities, panic)
  if (available === 0)
    return { ...totalPanic(priorities, panic), healthy: firstTakesAll(priorities) }
  return { ...distribute(healthyShare, degradedShare, available), panic }
}

function checkHealth({ weights, overprovisioningFactor = 0, ...hosts }: PriorityHealth): void {
  checkInteger('hosts of a priority', hosts.total, [0, Number.MAX_SAFE_INTEGER])
  checkInteger('healthy hosts', hosts.healthy, [0, hosts.total])
  checkInteger('degraded hosts', hosts.degraded, [0, hosts.total])
  checkNumber('overprovisioningFactor', overprovisioningFactor, [0, maxUint32])
  if (weights === undefined) return
  checkNumber('weight of a priority', weights.total, [0, Number.MAX_VALUE])
  checkNumber('weight of the healthy', weights.healthy, [0, weights.total])
  checkNumber('weight of the degraded', weights.degraded, [0, weights.total])
}

function percentOf(scaled: number, total: number): number {
  return total === 0 ? 0 : Math.floor(scaled / total)
}

function availablePercent({ total, healthy, degraded }: PriorityHealth): number {
  // Two divisions and in doubles, as Envoy: a half of a percent on either side counts.
  return total === 0 ? 0 : (100 * healthy) / total + (100 * degraded) / total
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** Nothing is available and panic is off: the first priority gets it all, and has nobody for it. */
function firstTakesAll(priorities: readonly PriorityHealth[]): number[] {
  return priorities.map((_, i) => (i === 0 ? 100 : 0))
}

function distribute(
  healthyShare: readonly number[],
  degradedShare: readonly number[],
  available: number,
): Pick<PriorityLoad, 'healthy' | 'degraded'> {
  let left = 100
  const take = (share: number): number => {
    const load = Math.min(left, Math.floor((share * 100) / available))
    left -= load
    return load
  }
  const healthy = healthyShare.map(take)
  const degraded = degradedShare.map(take)
  // What is left are rounding errors; the first that takes any takes them.
  const firstHealthy = healthyShare.findIndex((share) => share > 0)
  if (firstHealthy !== -1) healthy[firstHealthy] = (healthy[firstHealthy] ?? 0) + left
  else {
    const firstDegraded = degradedShare.findIndex((share) => share > 0)
    degraded[firstDegraded] = (degraded[firstDegraded] ?? 0) + left
  }
  return { healthy, degraded }
}

function totalPanic(
  priorities: readonly PriorityHealth[],
  panic: readonly boolean[],
): PriorityLoad {
  const hosts = sum(priorities.map(({ total }) => total))
  const degraded = priorities.map(() => 0)
  if (hosts === 0) return { healthy: firstTakesAll(priorities), degraded, panic }
  const healthy = priorities.map(({ total }) => Math.floor((100 * total) / hosts))
  const first = priorities.findIndex(({ total }) => total > 0)
  healthy[first] = (healthy[first] ?? 0) + 100 - sum(healthy)
  return { healthy, degraded, panic }
}
