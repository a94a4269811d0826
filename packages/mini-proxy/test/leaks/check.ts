// What every test of this package passes through: when it is over, nothing is left of its sockets, timers and slabs.
import { afterEach, beforeEach } from 'vitest'
import { beyond, gaugesLeft, type Holdings, holdings } from './leftovers.ts'
import { takeEnded } from './watched-stats.ts'

/** Connections that are being closed wait a second for their peers; a slow machine takes longer. */
const patienceMs = 15_000
const lookMs = 5

let before: Holdings | undefined

beforeEach(() => {
  before = holdings()
})

// Hooks end in reverse order: what the test's own hooks close is closed by now.
afterEach(async () => {
  const stats = takeEnded()
  const left = (): readonly string[] => [
    ...stats.flatMap(gaugesLeft),
    ...(before === undefined ? [] : beyond(before)),
  ]
  const deadline = performance.now() + patienceMs
  while (left().length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
  const leftovers = left()
  if (leftovers.length > 0) throw new Error(`left behind: ${leftovers.join('; ')}`)
}, 2 * patienceMs)
