import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { type Bar, barTable, isHeld } from '../routes/bar.ts'
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

const resultFile = 'test/bench/results/algorithms.json'
/** A short run on a shared machine is noisy; what is worse than the committed result by more than this is a regression. */
const regressionFactor = 2

/** The algorithms against the bars that they must hold. */
export async function benchAlgorithms({ rounds, check }: AlgorithmsOptions): Promise<boolean> {
  const bars: Bar[] = []
  for (const measure of groups) bars.push(...(await measure(rounds)))
  console.log(barTable(bars))
  if (check) return passesCheck(bars)
  const result = {
    command: `npm run bench -- algorithms --rounds ${rounds}`,
    machine: `${cpus().length} cores, ${cpus()[0]?.model}, node ${process.versions.node}`,
    bars: bars.map((bar) => ({ ...bar, held: isHeld(bar) })),
  }
  writeFileSync(resultFile, `${JSON.stringify(result, null, 2)}\n`)
  console.log(`written to ${resultFile}`)
  return bars.every(isHeld)
}

/** Whether no bar is worse than twice what was committed. */
function passesCheck(bars: readonly Bar[]): boolean {
  const { bars: before }: { bars: Bar[] } = JSON.parse(readFileSync(resultFile, 'utf8'))
  const worse = bars.filter((bar) => {
    const then = before.find(({ what }) => what === bar.what)
    if (then === undefined) {
      throw new Error(`no committed result for ${bar.what}: run without --check`)
    }
    return isWorse(bar, then.measured)
  })
  for (const { what, measured, unit } of worse) {
    console.error(`${what}: ${measured} ${unit} is worse than twice the committed result`)
  }
  if (worse.length === 0) console.log('no bar is worse than twice the committed result')
  return worse.length === 0
}

/** Twice nothing is nothing: below this a call is taken to allocate nothing. */
const heapNoiseBytes = 0.5

function isWorse({ measured, atLeast, unit }: Bar, then: number): boolean {
  if (atLeast !== undefined) return measured < then / regressionFactor
  const noise = unit === 'bytes' ? heapNoiseBytes : 0
  return measured > Math.max(then * regressionFactor, noise)
}
