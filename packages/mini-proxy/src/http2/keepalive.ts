import type { Deadlines, Expiring } from '../http/deadlines.ts'
import type { Keepalive as KeepaliveOptions } from './http2-options.ts'

/** Asks the peer now and then whether it is still there. */
export class Keepalive implements Expiring {
  deadline: number
  readonly #options: KeepaliveOptions
  readonly #deadlines: Deadlines
  readonly #ask: () => void
  readonly #onSilence: () => void
  #asked = false

  constructor(
    options: KeepaliveOptions,
    deadlines: Deadlines,
    ask: () => void,
    onSilence: () => void,
  ) {
    this.#options = options
    this.#deadlines = deadlines
    this.#ask = ask
    this.#onSilence = onSilence
    this.deadline = deadlines.after(options.intervalMs)
    deadlines.add(this)
  }

  onDeadline(): void {
    if (this.#asked) {
      this.stop()
      this.#onSilence()
      return
    }
    this.#asked = true
    this.deadline = this.#deadlines.after(this.#options.timeoutMs)
    this.#ask()
  }

  /** The peer answered. */
  onAnswer(): void {
    this.#asked = false
    this.deadline = this.#deadlines.after(this.#options.intervalMs)
  }

  stop(): void {
    this.#deadlines.remove(this)
  }
}
