/** Monotonic milliseconds; `performance` is one. */
export interface Clock {
  now(): number
}

export const defaultClock: Clock = { now: () => performance.now() }

export const defaultWallClock = (): number => Date.now()

/** Lets other work run before `run` does. */
export function afterThisTurn(run: () => void): void {
  setImmediate(run)
}
