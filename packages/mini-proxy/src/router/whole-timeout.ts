import type { Ambient } from '../ambient.ts'

/** The time-out of a whole request, retries included; it counts from the end of the request. */
export class WholeTimeout {
  readonly #ambient: Pick<Ambient, 'clock' | 'timers'>
  readonly #ms: number
  #timer: unknown
  #begunAt: number | undefined

  /** @param ms 0: none */
  constructor(ambient: Pick<Ambient, 'clock' | 'timers'>, ms: number) {
    this.#ambient = ambient
    this.#ms = ms
  }

  /** The request has ended. */
  get hasBegun(): boolean {
    return this.#begunAt !== undefined
  }

  /** Whole milliseconds since the request ended; 0 before. */
  get elapsedMs(): number {
    return this.#begunAt === undefined ? 0 : Math.floor(this.#ambient.clock.now() - this.#begunAt)
  }

  /** Calls `run` when the time is up. */
  begin(run: () => void): void {
    this.#begunAt = this.#ambient.clock.now()
    if (this.#ms > 0) this.#timer = this.#ambient.timers.setTimeout(run, this.#ms)
  }

  /** Also of one that has gone off. */
  stop(): void {
    if (this.#timer === undefined) return
    this.#ambient.timers.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
