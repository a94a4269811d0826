import type { Random, Timers } from '../ambient.ts'

interface Drainable {
  drain(idle: 'wait'): void
}

/**
 * Asks connections to leave one after the other, each at a moment drawn evenly from a span of time, so that their clients
 * do not all come back at once. One timer for all of them.
 *
 * @returns what stops it
 */
export function drainGradually(
  connections: Iterable<Drainable>,
  overMs: number,
  { timers, random }: { readonly timers: Timers; readonly random: Random },
): () => void {
  const plan = [...connections]
    .map((connection) => ({ connection, atMs: random() * overMs }))
    .sort((a, b) => b.atMs - a.atMs)
  let nowMs = 0
  let timer: unknown
  const next = (): void => {
    const last = plan.at(-1)
    if (last === undefined) return
    timer = timers.setTimeout(() => {
      nowMs = last.atMs
      plan.pop()
      last.connection.drain('wait')
      next()
    }, last.atMs - nowMs)
  }
  next()
  return () => timers.clearTimeout(timer)
}
