import type { Ambient } from '../ambient.ts'
import { Alarm } from './alarm.ts'

/** The time-out of a whole request, retries included; it counts from the end of the request. */
export class WholeTimeout {
  readonly #ambient: Pick<Ambient, 'clock' | 'timers'>
  readonly #ms: number
  readonly #run: () => void
  #alarm: Alarm | undefined
  #begunAt: number | undefined

  /** @param ms 0: none */
  constructor(ambient: Pick<Ambient, 'clock' | 'timers'>, ms: number, run: () => void) {
    this.#ambient = ambient
    this.#ms = ms
    this.#run = run
  }

  /** The request has ended. */
  get hasBegun(): boolean {
    return this.#begunAt !== undefined
  }

  /** Whole milliseconds since the request ended; 0 before. */
  get elapsedMs(): number {
    return this.#begunAt === undefined ? 0 : Math.floor(this.#ambient.clock.now() - this.#begunAt)
  }

  begin(): void {
    this.#begunAt = this.#ambient.clock.now()
    if (this.#ms === 0) return
    this.#alarm = new Alarm(this.#ambient.timers, this.#run)
    this.#alarm.set(this.#ms)
  }

  stop(): void {
    this.#alarm?.stop()
  }
}
