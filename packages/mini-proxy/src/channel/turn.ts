/** Something that waits for the end of the turn: a head that would like to go out together with its body. */
export interface Waiting {
  flush(): void
}

/**
 * One read of a socket and all that follows from it at once. What is held back during a turn goes out at its end: so a
 * message that arrives in one piece leaves in one write, without a microtask for each.
 */
let depth = 0
let turn = 0
let waiting: Waiting[] = []

/** Runs `read(argument)` as a turn; what waited goes out before it returns. */
export function inTurn<T>(read: (argument: T) => void, argument: T): void {
  if (depth === 0) turn += 1
  depth += 1
  try {
    read(argument)
  } finally {
    depth -= 1
    if (depth === 0 && waiting.length > 0) flushAll()
  }
}

/** Flushes `item` at the end of the turn, or of the current microtask if there is none. */
export function atTurnEnd(item: Waiting): void {
  waiting.push(item)
  if (depth === 0 && waiting.length === 1) queueMicrotask(flushAll)
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

function flushAll(): void {
  while (waiting.length > 0) {
    const now = waiting
    waiting = []
    for (const item of now) item.flush()
  }
}
