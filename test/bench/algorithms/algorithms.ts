import { type Bar, regressionFactor } from '../bar.ts'
import { concludeBars } from '../committed-bars.ts'
import { breakerAllocationBars, breakerBars } from './breaker.ts'
import {
  buildBars,
  choiceBars,
  growthBars,
  maglevBars,
  pickAllocationBars,
  ringBars,
  turnBars,
} from './lb.ts'
import { queueingBars } from './queueing.ts'
import { keyMemoryBars, takeAllocationBars, takeBars } from './rate-limit.ts'

/** How long and how strictly to measure. */
interface AlgorithmsOptions {
  readonly rounds: number
  /** Compare with the committed results instead of writing them. */
  readonly check: boolean
}

/** Every group of bars; each is measured by itself, in rounds. */
const groups: readonly ((rounds: number) => Bar[] | Promise<Bar[]>)[] = [
  choiceBars,
  turnBars,
  maglevBars,
  buildBars,
  ringBars,
  growthBars,
  pickAllocationBars,
  queueingBars,
  breakerBars,
  breakerAllocationBars,
  takeBars,
  keyMemoryBars,
  takeAllocationBars,
]

/** The algorithms against the bars that they must hold. */
export async function benchAlgorithms({ rounds, check }: AlgorithmsOptions): Promise<boolean> {
  const bars: Bar[] = []
  for (const measure of groups) bars.push(...(await measure(rounds)))
  return concludeBars(bars, { name: 'algorithms', rounds, check, isWorse })
}

/** Twice nothing is nothing: below this a call is taken to allocate nothing. */
const heapNoiseBytes = 0.5

function isWorse({ measured, atLeast, unit }: Bar, committed: number): boolean {
  if (atLeast !== undefined) return measured < committed / regressionFactor
  const noise = unit === 'bytes' ? heapNoiseBytes : 0
  return measured > Math.max(committed * regressionFactor, noise)
}
