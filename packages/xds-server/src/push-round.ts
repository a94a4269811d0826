import type { Clock } from './defaults.ts'
import type { Convergence } from './events.ts'

// One client that never answers keeps a round open, whatever the number of pushes.
const maxReasons = 100

/** Measures pushes from the first one on until everybody has answered. */
export class PushRound {
  readonly #clock: Clock
  #reasons: string[] = []
  #startedAtMs = 0
  #pushed = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether a push has begun that nobody has called converged. */
  get open(): boolean {
    return this.#reasons.length > 0
  }

  begin(reason: string): void {
    if (!this.open) {
      this.#startedAtMs = this.#clock.now()
      this.#pushed = 0
    }
    if (this.#reasons.length < maxReasons) this.#reasons.push(reason)
  }

  /** A client was sent something. */
  count(): void {
    this.#pushed += 1
  }

  /** Everybody has answered. */
  end(rejecting: number): Convergence {
    const reasons = this.#reasons
    this.#reasons = []
    const durationMs = this.#clock.now() - this.#startedAtMs
    return { reasons, durationMs, pushed: this.#pushed, rejecting }
  }
}
