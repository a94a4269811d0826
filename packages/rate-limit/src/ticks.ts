/**
 * A clock in whole steps, so that nothing is lost to rounding however long it runs.
 *
 * The steps of a span are counted from the clock's own origin and not from step to step: the error of a reading is below one
 * step and never adds up.
 */
export class Ticks {
  /** How many steps the span has. */
  readonly perSpan: number
  /** How many a millisecond has; for where a call of {@link at} would cost too much. */
  readonly perMs: number

  /**
   * A step is a microsecond, or as much longer as it takes to keep `most` × {@link perSpan} an exact integer.
   *
   * @param most what steps will be multiplied by
   */
  constructor(spanMs: number, most: number) {
    this.perSpan = Math.max(1, Math.min(Math.round(spanMs * 1000), Math.floor(2 ** 52 / most)))
    this.perMs = this.perSpan / spanMs
  }

  /** The step that an instant is in; NaN or infinite if the instant is. */
  at(now: number): number {
    return Math.floor(now * this.perMs)
  }

  /**
   * Whole milliseconds from `now` until the step `tick` begins.
   *
   * @param last the last step there was, from which to count if `now` is no time
   */
  msUntil(tick: number, now: number, last: number): number {
    if (!Number.isFinite(now)) return Math.ceil((tick - last) / this.perMs)
    const ms = Math.max(0, Math.ceil(tick / this.perMs - now))
    // The sum may be rounded to just before the step.
    return this.at(now + ms) < tick ? ms + 1 : ms
  }
}

/** A step before every other: what comes next is later. */
const longAgo: number = -(2 ** 53)

/** How many steps have passed; a clock that went back, or is none, stands still. */
export function passedSince(last: number, tick: number): number {
  const passed = tick - last
  return passed > 0 && passed < Infinity ? passed : 0
}

/** The step if it is one, else {@link longAgo}. */
export function orLongAgo(tick: number): number {
  return tick > longAgo && tick < Infinity ? tick : longAgo
}
