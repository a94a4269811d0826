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
export class TurnClock {
  readonly #now: () => number
  #turn = -1
  #time = 0

  constructor(now: () => number) {
    this.#now = now
  }

  now(): number {
    if (depth === 0) return this.#now()
    if (this.#turn !== turn) {
      this.#turn = turn
      this.#time = this.#now()
    }
    return this.#time
  }
}
