import { BreakerOptionError } from '../errors.ts'
import { laterOf } from '../later-of.ts'
import { type EjectionType, ejectionTypes } from './ejection-type.ts'
import { HostMonitor } from './host-monitor.ts'
import { OutlierCounters } from './outlier-counters.ts'
import type { OutlierEvent } from './outlier-event.ts'
import {
  type OutlierConfig,
  type OutlierOptions,
  resolveOutlierOptions,
} from './outlier-options.ts'
import { type RateComparison, successRatesOf } from './success-rates.ts'

/** What a detector gets from outside. */
export interface OutlierContext {
  /** When it begins, in ms of a monotonic clock; the first pass is one interval later. */
  readonly now: number
  /** A number in [0, 1). Needed for jitter, and for enforcing percentages other than 0 and 100. */
  readonly random?: () => number
}

/**
 * Ejects hosts that behave unlike the others, and lets them back in: Envoy's outlier detection as a state machine.
 *
 * A run of failures ejects at once; success rates are compared, and ejections end, in passes an interval apart. There is no timer: call
 * {@link advance} when {@link nextPassAt} has come, or before each pick. Hosts are told apart by identity; they are gone through in the
 * order they were added.
 */
export class OutlierDetector<Host> {
  readonly #config: OutlierConfig
  readonly #random: () => number
  readonly #monitors = new Map<Host, HostMonitor<Host>>()
  readonly #counters = new OutlierCounters()
  readonly #listeners = new Set<(event: OutlierEvent<Host>) => void>()
  readonly #owner: ConstructorParameters<typeof HostMonitor<Host>>[1]
  readonly #startedAt: number
  #latest: number
  #passes = 0
  #ejected = 0
  #comparison: RateComparison | undefined

  /** @throws {BreakerOptionError} when an option makes no sense, or randomness is needed and missing */
  constructor(options: OutlierOptions, context: OutlierContext) {
    const { now, random } = context
    this.#config = resolveOutlierOptions(options)
    if (!Number.isFinite(now)) throw new BreakerOptionError('now', 'a finite number', now)
    if (random === undefined && needsRandom(this.#config)) {
      throw new BreakerOptionError('random', 'a function for jitter and percentages', random)
    }
    this.#random = random ?? (() => 0)
    this.#startedAt = now
    this.#latest = now
    this.#owner = {
      config: this.#config,
      tripped: (monitor, type, at) => this.#onRun(monitor, type, this.#seen(at)),
      passedHealthCheck: (monitor, at) => this.#onHealthCheck(monitor, this.#seen(at)),
    }
  }

  /** When the next pass is due. Passes lie on a grid from the start: one that comes late does not move the next. */
  get nextPassAt(): number {
    return this.#startedAt + (this.#passes + 1) * this.#config.intervalMs
  }

  /** How many hosts are ejected. */
  get ejected(): number {
    return this.#ejected
  }

  /** Mean and threshold of the last comparison of success rates; `undefined` if there was none in the last pass. */
  get comparison(): RateComparison | undefined {
    return this.#comparison
  }

  /** Envoy's counters, by its names below `outlier_detection.`. */
  get counters(): Readonly<Record<string, number>> {
    return this.#counters.all
  }

  /** Watches a host; the same monitor if it is watched already. */
  add(host: Host): HostMonitor<Host> {
    const known = this.#monitors.get(host)
    if (known !== undefined) return known
    const monitor = new HostMonitor(host, this.#owner)
    this.#monitors.set(host, monitor)
    return monitor
  }

  /** Forgets a host; what its monitor still hears has no consequence. */
  remove(host: Host): void {
    if (this.#monitors.get(host)?.isEjected) this.#countEjected(-1)
    this.#monitors.delete(host)
  }

  /** Whether a host is watched and ejected. */
  isEjected(host: Host): boolean {
    return this.#monitors.get(host)?.isEjected ?? false
  }

  /** Is told of every ejection and its end, at once; it must not throw. Returns how to stop that. */
  subscribe(listener: (event: OutlierEvent<Host>) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Makes the pass that is due, if one is; of several missed only one, as a timer that comes late. O(hosts). */
  advance(now: number): boolean {
    const at = this.#seen(now)
    if (at < this.nextPassAt) return false
    this.#passes = Math.floor((at - this.#startedAt) / this.#config.intervalMs)
    for (const monitor of this.#monitors.values()) {
      const { ejectedUntil } = monitor
      if (ejectedUntil !== undefined && ejectedUntil <= at) this.#uneject(monitor, at)
      monitor.tally('external').turn()
      monitor.tally('local').turn()
    }
    this.#judge('external', at)
    this.#judge('local', at)
    for (const monitor of this.#monitors.values()) monitor.calmDown(at)
    return true
  }

  #seen(now: number): number {
    this.#latest = laterOf(this.#latest, now)
    return this.#latest
  }

  #onRun(monitor: HostMonitor<Host>, type: EjectionType, now: number): void {
    if (monitor.isEjected || this.#monitors.get(monitor.host) !== monitor) return
    this.#detect(monitor, type, now, {})
    monitor.forgetRun(type)
  }

  #onHealthCheck(monitor: HostMonitor<Host>, now: number): void {
    if (!this.#config.successfulActiveHealthCheckUnejectHost || !monitor.isEjected) return
    if (this.#monitors.get(monitor.host) === monitor) this.#uneject(monitor, now)
  }

  #judge(origin: 'external' | 'local', now: number): void {
    const isExternal = origin === 'external'
    const { comparison, outliers, failing } = successRatesOf(
      this.#monitors.values(),
      this.#monitors.size,
      origin,
      this.#config,
    )
    if (isExternal) this.#comparison = comparison
    for (const monitor of outliers) {
      this.#detect(monitor, isExternal ? 'SUCCESS_RATE' : 'SUCCESS_RATE_LOCAL_ORIGIN', now, {
        successRate: monitor.tally(origin).successRate ?? 0,
        averageSuccessRate: comparison?.average ?? 0,
        successRateThreshold: comparison?.threshold ?? 0,
      })
    }
    for (const monitor of failing) {
      const type = isExternal ? 'FAILURE_PERCENTAGE' : 'FAILURE_PERCENTAGE_LOCAL_ORIGIN'
      this.#detect(monitor, type, now, { successRate: monitor.tally(origin).successRate ?? 0 })
    }
  }

  #detect(monitor: HostMonitor<Host>, type: EjectionType, now: number, rates: object): void {
    this.#counters.detected(type)
    // Its success rate may have ejected it just now.
    if (monitor.isEjected) return
    if (!this.#mayEject) {
      this.#counters.overflowed()
      return
    }
    this.#counters.allowed(type)
    const enforced = this.#isDrawn(this.#config[ejectionTypes[type].enforcing])
    if (enforced) {
      this.#countEjected(1)
      this.#counters.enforced(type)
      monitor.eject(now, this.#drawJitter())
    }
    const { host, ejections, unejectedAt } = monitor
    const common = { action: 'eject', host, at: now, type, enforced, ejections } as const
    this.#tell({ ...common, ...sinceOf(unejectedAt, now), ...rates })
  }

  #uneject(monitor: HostMonitor<Host>, now: number): void {
    this.#countEjected(-1)
    monitor.uneject(now)
    const { host, ejections, ejectedAt } = monitor
    this.#tell({ action: 'uneject', host, at: now, ejections, ...sinceOf(ejectedAt, now) })
  }

  get #mayEject(): boolean {
    if (this.#config.alwaysEjectOneHost && this.#ejected === 0) return true
    const percent = (100 * (this.#ejected + 1)) / this.#monitors.size
    return percent <= this.#config.maxEjectionPercent
  }

  #isDrawn(percent: number): boolean {
    if (percent === 0 || percent === 100) return percent === 100
    return this.#random() * 100 < percent
  }

  #drawJitter(): number {
    const { maxEjectionTimeJitterMs: most } = this.#config
    return most === 0 ? 0 : Math.floor(this.#random() * (most + 1))
  }

  #countEjected(change: 1 | -1): void {
    this.#ejected += change
    this.#counters.active(this.#ejected)
  }

  #tell(event: OutlierEvent<Host>): void {
    for (const listener of this.#listeners) listener(event)
  }
}

function needsRandom(config: OutlierConfig): boolean {
  if (config.maxEjectionTimeJitterMs > 0) return true
  return Object.values(ejectionTypes).some(({ enforcing }) => config[enforcing] % 100 !== 0)
}

function sinceOf(then: number | undefined, now: number): { sinceLastActionMs?: number } {
  return then === undefined ? {} : { sinceLastActionMs: now - then }
}
