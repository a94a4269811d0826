import type { Clock } from '../ambient.ts'

let depth = 0
let turn = 0

/** Runs `read(argument)`, one read of a socket and all that follows from it at once, as a turn. */
export function inTurn<T>(read: (argument: T) => void, argument: T): void {
  if (depth === 0) turn += 1
  depth += 1
  try {
    read(argument)
  } finally {
    depth -= 1
  }
}

/** A clock that stands still during a turn: all that follows from one read happens at one time, which is asked for once. */
class TurnClock implements Clock {
  readonly #clock: Clock
  #turn = -1
  #time = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    if (depth === 0) return this.#clock.now()
    if (this.#turn !== turn) {
      this.#turn = turn
      this.#time = this.#clock.now()
    }
    return this.#time
  }
}

const shared = new WeakMap<Clock, Clock>()

/** The one clock that stands still during a turn, for all who would read `clock`; it is its own. */
export function turnClockOn(clock: Clock): Clock {
  if (clock instanceof TurnClock) return clock
  const known = shared.get(clock)
  if (known !== undefined) return known
  const made = new TurnClock(clock)
  shared.set(clock, made)
  return made
}
