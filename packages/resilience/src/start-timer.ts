import type { Surroundings } from './call.ts'

/** Platforms take more for no time at all. */
const longestMs = 2 ** 31 - 1

/** Runs something after a while, however long; stops that if it is called. Infinity: never. */
export function startTimer({ timers }: Surroundings, run: () => void, ms: number): () => void {
  let timer: unknown
  const arm = (left: number): void => {
    const part = Math.min(left, longestMs)
    timer = timers.setTimeout(left > part ? () => arm(left - part) : run, part)
  }
  if (ms < Infinity) arm(ms)
  return () => {
    if (timer !== undefined) timers.clearTimeout(timer)
  }
}
