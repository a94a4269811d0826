import { checkCount } from '../check-option.ts'

/** Says how much of a response may go out. */
export interface Pacer {
  /** How many of so many bytes may go now; they count as sent. */
  take(bytes: number, now: number): number
  /** Whole milliseconds until more may go; 0: at once. */
  waitMs(now: number): number
}

/** As Envoy: a second has 16 slices, and up to so many may be saved up. */
const slices = 16
const unitsPerSlice = 1_000_000
const bytesPerKib = 1024

/**
 * Paces a response to so many KiB a second, as Envoy's fault and bandwidth filters: bytes go in slices of a sixteenth of a second,
 * the first at once.
 *
 * @throws {ResilienceError} `ERR_RESILIENCE_OPTION`
 */
export function createPacer(kibPerSecond: number, begun: number): Pacer {
  checkCount('kibPerSecond', kibPerSecond, 1)
  return new SlicePacer((kibPerSecond * bytesPerKib) / slices, begun)
}

class SlicePacer implements Pacer {
  readonly #bytesPerSlice: number
  /** Microseconds × 16: whole, so that nothing is lost. */
  #level = unitsPerSlice
  #last: number
  /** Bytes of a slice that was begun. */
  #open = 0

  constructor(bytesPerSlice: number, begun: number) {
    this.#bytesPerSlice = bytesPerSlice
    this.#last = Math.floor(begun * 1000) || 0
  }

  take(bytes: number, now: number): number {
    this.#fill(now)
    const wanted = Math.max(0, Math.floor(bytes) || 0)
    const needed = Math.ceil(Math.max(0, wanted - this.#open) / this.#bytesPerSlice)
    const got = Math.min(needed, Math.floor(this.#level / unitsPerSlice))
    this.#level -= got * unitsPerSlice
    this.#open += got * this.#bytesPerSlice
    const sent = Math.min(wanted, this.#open)
    this.#open -= sent
    return sent
  }

  waitMs(now: number): number {
    this.#fill(now)
    if (this.#open > 0 || this.#level >= unitsPerSlice) return 0
    return Math.ceil((unitsPerSlice - this.#level) / slices / 1000)
  }

  /** A clock that goes back or breaks stands still. */
  #fill(now: number): void {
    const tick = Math.floor(now * 1000)
    const passed = tick - this.#last
    if (!(passed > 0 && passed < Infinity)) return
    this.#level = Math.min(slices * unitsPerSlice, this.#level + passed * slices)
    this.#last = tick
  }
}
