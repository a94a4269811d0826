/**
 * Peak EWMA: each host has an average of its response times that falls off with time and jumps to a peak at once; of two hosts
 * drawn, the one with the smaller average × (requests in flight + 1) is taken. O(1) per pick and per report.
 * https://twitter.github.io/finagle/guide/Clients.html#power-of-two-choices-p2c-least-loaded ; Linkerd's default
 */
import type { Balancer } from './balancer.ts'
import type { Host, HostSet } from './host-set.ts'
import { checkInteger, checkNumber, maxUint32 } from './host-set-settings.ts'
import { PriorityBalancer } from './priority-balancer.ts'
import { sampleIndex } from './sample.ts'

export interface PeakEwmaOptions {
  /** After this many ms a response time counts 1/e. Linkerd's default: 10 000. */
  readonly decayMs?: number
  /** What a host without any response yet is taken for, in ms. Default: 30. */
  readonly defaultRttMs?: number
  /** How many hosts are drawn. Default: 2. */
  readonly choiceCount?: number
}

/** A balancer that learns from response times. */
export interface PeakEwmaBalancer<H extends Host> extends Balancer<H> {
  /** Tells how long a response took; times that are negative or not finite are left out. A clock that goes backwards stands still. */
  report(host: H, rttMs: number, now: number): void
  /** The average of a host at `now`, in ms; the default if it has answered nothing. */
  averageMs(host: H, now: number): number
}

/**
 * The quicker and less busy of a few hosts drawn. Picks need `now` in the context for averages to fall off.
 *
 * @throws {HostSetError} if an option makes no sense.
 */
export function peakEwma<H extends Host>(
  hosts: HostSet<H>,
  { decayMs = 10_000, defaultRttMs = 30, choiceCount = 2 }: PeakEwmaOptions = {},
): PeakEwmaBalancer<H> {
  checkNumber('decayMs', decayMs, [Number.MIN_VALUE, Number.MAX_VALUE])
  checkNumber('defaultRttMs', defaultRttMs, [0, Number.MAX_VALUE])
  checkInteger('choiceCount', choiceCount, [2, maxUint32])
  // Averages go with their hosts: nothing is kept of one that the caller has let go.
  const averages = new WeakMap<H, Average>()

  function averageMs(host: H, now: number | undefined): number {
    const average = averages.get(host)
    if (average === undefined) return defaultRttMs
    const elapsed = now !== undefined && now > average.at ? now - average.at : 0
    return average.ms * Math.exp(-elapsed / decayMs)
  }

  function cost(host: H, now: number | undefined): number {
    return averageMs(host, now) * (Math.max(0, host.activeRequests ?? 0) + 1)
  }

  const balancer = new PriorityBalancer(hosts, (list) => ({
    pick({ random, now }) {
      let best = list.hostAt(sampleIndex(list.length, random))
      let least = cost(best, now)
      for (let i = 1; i < choiceCount; i++) {
        const other = list.hostAt(sampleIndex(list.length, random))
        const its = cost(other, now)
        if (its >= least) continue
        best = other
        least = its
      }
      return best
    },
  }))
  return {
    pick: (context) => balancer.pick(context),
    update: (set) => balancer.update(set),
    averageMs,
    report(host, rttMs, now) {
      if (!(rttMs >= 0 && rttMs < Infinity && Number.isFinite(now))) return
      const average = averages.get(host)
      if (average === undefined) averages.set(host, { ms: rttMs, at: now })
      else record(average, { rttMs, now, decayMs })
    },
  }
}

interface Average {
  ms: number
  /** When it was right. */
  at: number
}

function record(
  average: Average,
  {
    rttMs,
    now,
    decayMs,
  }: { readonly rttMs: number; readonly now: number; readonly decayMs: number },
): void {
  const elapsed = Math.max(0, now - average.at)
  const kept = Math.exp(-elapsed / decayMs)
  // A peak counts at once, and only then falls off.
  average.ms = rttMs > average.ms ? rttMs : average.ms * kept + rttMs * (1 - kept)
  average.at = Math.max(average.at, now)
}
