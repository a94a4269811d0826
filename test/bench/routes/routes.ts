import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { analysisBars } from './analysis.ts'
import { type Bar, barTable, isHeld } from './bar.ts'
import { compileBars } from './compiling.ts'
import { hostileBars } from './hostile.ts'
import { headerBars, hostBars, matchingBars } from './matching.ts'

/** How long and how strictly to measure. */
interface RoutesOptions {
  readonly rounds: number
  /** Compare with the committed results instead of writing them. */
  readonly check: boolean
}

/** Every group of bars; each is measured by itself, in rounds. */
const groups: readonly ((rounds: number) => Bar[])[] = [
  matchingBars,
  headerBars,
  hostBars,
  compileBars,
  hostileBars,
  analysisBars,
]

const resultFile = 'test/bench/results/routes.json'
/**
 * A short run on a shared machine is noisy, and a large table is slow where others use the caches: what is worse than both the
 * committed result and the bar by more than this is a regression.
 */
const regressionFactor = 2

/** The route engine against the bars that it must hold. */
export async function benchRoutes({ rounds, check }: RoutesOptions): Promise<boolean> {
  const bars = groups.flatMap((measure) => measure(rounds))
  console.log(barTable(bars))
  if (check) return passesCheck(bars)
  const result = {
    command: `npm run bench -- routes --rounds ${rounds}`,
    machine: `${cpus().length} cores, ${cpus()[0]?.model}, node ${process.versions.node}`,
    bars: bars.map((bar) => ({ ...bar, held: isHeld(bar) })),
  }
  writeFileSync(resultFile, `${JSON.stringify(result, null, 2)}\n`)
  console.log(`written to ${resultFile}`)
  return bars.every(isHeld)
}

/** Whether no bar is off by more than twice. */
function passesCheck(bars: readonly Bar[]): boolean {
  const { bars: before }: { bars: Bar[] } = JSON.parse(readFileSync(resultFile, 'utf8'))
  const worse = bars.filter((bar) => {
    const then = before.find(({ what }) => what === bar.what)
    if (then === undefined)
      throw new Error(`no committed result for ${bar.what}: run without --check`)
    return isWorse(bar, then.measured)
  })
  for (const { what, measured, unit } of worse) {
    console.error(
      `${what}: ${measured} ${unit} is worse than twice what was committed and what it must be`,
    )
  }
  if (worse.length === 0)
    console.log('no bar is worse than twice what was committed and what it must be')
  return worse.length === 0
}

function isWorse({ measured, atLeast, atMost }: Bar, then: number): boolean {
  return atLeast === undefined
    ? measured > Math.max(then, atMost ?? then) * regressionFactor
    : measured < Math.min(then, atLeast) / regressionFactor
}
