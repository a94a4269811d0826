import type { CallGate, CallOutcome } from '../call-gate.ts'
import { BreakerRefusalError, BreakerSettleError, BreakerStateError } from '../errors.ts'
import { laterOf } from '../later-of.ts'
import {
  type BreakerConfig,
  type BreakerOptions,
  resolveBreakerOptions,
} from './breaker-options.ts'
import { type BreakerState, checkExported, type ExportedBreaker } from './breaker-state.ts'
import { type TripCause, TripRule } from './trip-rule.ts'

/** One change of state. */
export interface BreakerTransition {
  readonly from: BreakerState
  readonly to: BreakerState
  readonly at: number
  /** What opened the breaker; only where `to` is `open`. */
  readonly cause?: TripCause
  /** When a probe may go out; only where `to` is `open`. */
  readonly retryAt?: number
}

/**
 * The classic breaker: opens when calls fail, waits, lets a few through to see. A state machine without a timer: it
 * leaves `open` with the first call after the cool-down. `admit` and `settle` allocate nothing but for the event of a change of state.
 *
 * Each change of state begins a new generation of tickets. How a call of an earlier one ended changes nothing: a call that was slow
 * to fail cannot pass for a probe.
 *
 * Times may go backwards or be no number: then the latest seen so far counts.
 */
export class Breaker implements CallGate {
  readonly #config: BreakerConfig
  readonly #rule: TripRule
  readonly #listeners = new Set<(transition: BreakerTransition) => void>()
  #state: BreakerState = 'closed'
  #cause: TripCause | undefined
  #generation = 1
  /** Admitted and not settled: of this generation, and of those before. */
  #inFlight = 0
  #late = 0
  #probeSuccesses = 0
  readonly #times = new Float64Array(timeFields)

  /** @throws {BreakerOptionError} when an option makes no sense */
  constructor(options: BreakerOptions = {}) {
    this.#config = resolveBreakerOptions(options)
    this.#rule = new TripRule(this.#config)
    this.#times[latest] = -Infinity
    this.#times[nextCoolDown] = this.#config.coolDown.baseMs
  }

  /** The state that the last call found; `open` stays until a call comes after {@link retryAt}. */
  get state(): BreakerState {
    return this.#state
  }

  /** What opened the breaker last. */
  get cause(): TripCause | undefined {
    return this.#cause
  }

  /** When a call may be let through: in the past where calls pass, `Infinity` where only {@link release} ends it. */
  get retryAt(): number {
    if (this.#state === 'open') return this.#times[retry] ?? 0
    if (this.#state === 'half-open') return this.#hasRoom ? -Infinity : (this.#times[lost] ?? 0)
    return this.#state === 'forced-open' ? Infinity : -Infinity
  }

  get readsClock(): boolean {
    return this.#rule.readsClock || this.#state !== 'closed'
  }

  /** Calls that are admitted and not settled. */
  get inFlight(): number {
    return this.#inFlight + this.#late
  }

  admit(now: number): number {
    if (this.#state !== 'closed' && !this.#admits(this.#seen(now))) return 0
    this.#inFlight++
    return this.#generation
  }

  settle(ticket: number, outcome: CallOutcome, now: number, durationMs = 0): void {
    // Nearly every call: small, so that it becomes part of the caller's loop.
    const isUsual = outcome === 'success' && this.#state === 'closed' && this.#inFlight > 0
    if (isUsual && ticket === this.#generation) {
      const times = this.#times
      if (this.#rule.passes(now, times[latest] ?? 0, durationMs)) {
        this.#inFlight--
        if (this.#rule.readsClock) times[latest] = now
        return
      }
    }
    this.#settleOther(ticket, outcome, now, durationMs)
  }

  #settleOther(ticket: number, outcome: CallOutcome, now: number, durationMs: number): void {
    if (ticket !== this.#generation) {
      this.#settleLate(ticket)
      return
    }
    if (this.#inFlight === 0) throw new BreakerSettleError('breaker')
    this.#inFlight--
    if (outcome === 'cancelled') return
    const failed = outcome === 'failure'
    if (this.#state === 'closed') {
      const at = failed || this.#rule.readsClock ? this.#seen(now) : 0
      const cause = this.#rule.record(failed, at, durationMs)
      if (cause !== undefined) this.#open(cause, at)
    } else if (this.#state === 'half-open') {
      this.#settleProbe(failed || this.#rule.isSlow(durationMs), this.#seen(now))
    }
  }

  refusal(now: number): BreakerRefusalError {
    const code =
      this.#state === 'forced-open'
        ? 'ERR_CIRCUIT_BREAKER_FORCED_OPEN'
        : this.#state === 'half-open'
          ? 'ERR_CIRCUIT_BREAKER_PROBING'
          : 'ERR_CIRCUIT_BREAKER_OPEN'
    return new BreakerRefusalError(code, this.#cause ?? 'manual', this.retryAt, this.#seen(now))
  }

  /** Opens as if a rule had tripped. */
  trip(now: number): void {
    this.#open('manual', this.#seen(now))
  }

  /** Refuses or admits everything, counting nothing, until {@link release}. */
  force(state: 'open' | 'closed', now: number): void {
    this.#cause = state === 'open' ? 'manual' : undefined
    this.#become(state === 'open' ? 'forced-open' : 'forced-closed', this.#seen(now))
  }

  /** Ends {@link force}: closed, with nothing remembered. Does nothing if nothing was forced. */
  release(now: number): void {
    if (this.#state === 'forced-open' || this.#state === 'forced-closed') this.reset(now)
  }

  /** Closes and forgets all, the length of the next cool-down too. */
  reset(now: number): void {
    this.#close(this.#seen(now))
  }

  /** Is told of every change of state, at once; it must not throw. Returns how to stop that. */
  subscribe(listener: (transition: BreakerTransition) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** What {@link importState} of a breaker with the same options goes on from, here or in another process. */
  exportState(now: number): ExportedBreaker {
    const at = this.#seen(now)
    const window = this.#rule.save(at)
    return {
      version: 1,
      state: this.#state,
      ...(this.#cause !== undefined && { cause: this.#cause }),
      retryInMs: this.#state === 'open' ? Math.max(0, this.retryAt - at) : 0,
      nextCoolDownMs: this.#times[nextCoolDown] ?? 0,
      failuresInARow: this.#rule.failuresInARow,
      probeSuccesses: this.#probeSuccesses,
      ...(window !== undefined && { window }),
    }
  }

  /**
   * Goes on from an exported state. Calls in flight here count as of before. No listener is told.
   * @throws {BreakerStateError} when it is none, or of a breaker with other windows; then nothing is changed
   */
  importState(exported: ExportedBreaker, now: number): void {
    const { state, cause, window, ...rest } = checkExported(exported)
    const at = this.#seen(now)
    if (!this.#rule.restore(rest.failuresInARow, window, at)) {
      throw new BreakerStateError('window', 'one of the same kind and size', window?.kind)
    }
    this.#nextGeneration(state)
    this.#cause = cause
    this.#probeSuccesses = rest.probeSuccesses
    this.#times[retry] = at + rest.retryInMs
    this.#times[nextCoolDown] = Math.min(rest.nextCoolDownMs, this.#config.coolDown.maxMs)
  }

  get #hasRoom(): boolean {
    return this.#inFlight < this.#config.probes.concurrent
  }

  #seen(now: number): number {
    const at = laterOf(this.#times[latest] ?? 0, now)
    this.#times[latest] = at
    return at === -Infinity ? 0 : at
  }

  /** Whether a breaker that is not closed lets a call through. */
  #admits(now: number): boolean {
    if (this.#state === 'forced-closed') return true
    if (this.#state === 'forced-open') return false
    if (this.#state === 'half-open') {
      if (!this.#hasRoom && now >= (this.#times[lost] ?? 0)) this.#open('probe-lost', now)
    } else if (now >= (this.#times[retry] ?? 0)) {
      this.#probeSuccesses = 0
      this.#become('half-open', now)
    }
    if (this.#state !== 'half-open' || !this.#hasRoom) return false
    this.#times[lost] = now + this.#config.probes.lostAfterMs
    return true
  }

  #settleProbe(failed: boolean, now: number): void {
    if (failed) {
      this.#open('probe-failed', now)
      return
    }
    this.#probeSuccesses++
    if (this.#probeSuccesses >= this.#config.probes.successes) this.#close(now)
  }

  #settleLate(ticket: number): void {
    const isEarlier = ticket > 0 && ticket < this.#generation
    if (!isEarlier || this.#late === 0) throw new BreakerSettleError('breaker')
    this.#late--
  }

  #open(cause: TripCause, now: number): void {
    const { factor, maxMs, jitterRatio } = this.#config.coolDown
    const wait = this.#times[nextCoolDown] ?? 0
    const jitter = jitterRatio === 0 ? 0 : wait * jitterRatio * this.#config.random()
    this.#times[retry] = now + wait + jitter
    this.#times[nextCoolDown] = Math.min(wait * factor, maxMs)
    this.#cause = cause
    this.#rule.clear()
    this.#become('open', now)
  }

  #close(now: number): void {
    this.#cause = undefined
    this.#probeSuccesses = 0
    this.#times[nextCoolDown] = this.#config.coolDown.baseMs
    this.#rule.clear()
    this.#become('closed', now)
  }

  #become(to: BreakerState, at: number): void {
    const from = this.#state
    this.#nextGeneration(to)
    if (from === to || this.#listeners.size === 0) return
    const cause = this.#cause
    const opened = to === 'open' && cause !== undefined && { cause, retryAt: this.retryAt }
    const transition: BreakerTransition = { from, to, at, ...opened }
    for (const listener of this.#listeners) listener(transition)
  }

  #nextGeneration(state: BreakerState): void {
    this.#state = state
    this.#generation++
    this.#late += this.#inFlight
    this.#inFlight = 0
  }
}

// Times live in one typed array: a double in a field of its own is a new object whenever it changes.
const latest = 0
const retry = 1
const lost = 2
const nextCoolDown = 3
const timeFields = 4
