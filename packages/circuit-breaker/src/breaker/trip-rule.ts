import type { BreakerConfig } from './breaker-options.ts'
import { type CallWindow, failedFlag, slowFlag, type WindowState } from './call-window.ts'
import { CountWindow } from './count-window.ts'
import { TimeWindow } from './time-window.ts'

/** What opened a breaker. */
export type TripCause =
  | 'consecutive-failures'
  | 'failure-ratio'
  | 'slow-calls'
  | 'probe-failed'
  | 'probe-lost'
  | 'manual'

/** Says after each call of a closed breaker whether it opens. */
export class TripRule {
  /** Whether a successful call needs the time: it can open the breaker too, by being the one that makes a window full enough. */
  readonly readsClock: boolean
  readonly #config: BreakerConfig
  readonly #window: CallWindow | undefined
  readonly #slowMs: number
  #failuresInARow = 0

  constructor(config: BreakerConfig) {
    const { failureRatio, slowCalls, window } = config
    this.#config = config
    this.#slowMs = slowCalls?.durationMs ?? Infinity
    if (failureRatio !== undefined || slowCalls !== undefined) {
      this.#window =
        window.kind === 'count'
          ? new CountWindow(window.calls)
          : new TimeWindow(window.ms, window.buckets)
    }
    this.readsClock = this.#window !== undefined
  }

  get failuresInARow(): number {
    return this.#failuresInARow
  }

  /**
   * Counts a success that nothing can come of; false: nothing was counted, {@link record} has to say.
   *
   * @param seen the latest time so far
   */
  passes(now: number, seen: number, durationMs: number): boolean {
    if (this.#slowMs <= durationMs) return false
    const window = this.#window
    if (window !== undefined && !(now >= seen && window.addUneventful(now))) return false
    this.#failuresInARow = 0
    return true
  }

  /** Counts a call; why to open, if so. */
  record(failed: boolean, now: number, durationMs: number): TripCause | undefined {
    if (failed) this.#failuresInARow++
    else this.#failuresInARow = 0
    if (this.#failuresInARow >= this.#config.consecutiveFailures) return 'consecutive-failures'
    return this.#window === undefined
      ? undefined
      : this.#weigh(this.#window, failed, now, durationMs)
  }

  isSlow(durationMs: number): boolean {
    return this.#slowMs <= durationMs
  }

  clear(): void {
    this.#failuresInARow = 0
    this.#window?.clear()
  }

  save(now: number): WindowState | undefined {
    return this.#window?.save(now)
  }

  /** Whether the state fits this rule; if not, nothing is changed. */
  restore(failuresInARow: number, state: WindowState | undefined, now: number): boolean {
    if ((state === undefined) !== (this.#window === undefined)) return false
    if (state !== undefined && this.#window?.restore(state, now) === false) return false
    this.#failuresInARow = failuresInARow
    return true
  }

  #weigh(
    window: CallWindow,
    failed: boolean,
    now: number,
    durationMs: number,
  ): TripCause | undefined {
    window.add((failed ? failedFlag : 0) + (this.isSlow(durationMs) ? slowFlag : 0), now)
    if (window.failures === 0 && window.slow === 0) return undefined
    const { failureRatio, slowCalls } = this.#config
    const { total } = window
    if (failureRatio !== undefined && total >= failureRatio.minimumCalls) {
      if (window.failures >= failureRatio.ratio * total) return 'failure-ratio'
    }
    if (slowCalls !== undefined && total >= slowCalls.minimumCalls) {
      if (window.slow >= slowCalls.ratio * total) return 'slow-calls'
    }
    return undefined
  }
}
