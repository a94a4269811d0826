import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { type Bar, barTable, isHeld } from './routes/bar.ts'

/** What becomes of measured bars. */
export interface Conclusion {
  /** Of the benchmark; its results are committed under this name. */
  readonly name: string
  readonly rounds: number
  /** Compare with the committed results instead of writing them. */
  readonly check: boolean
  /** Whether a bar is worse than what was committed by more than noise. */
  isWorse(bar: Bar, committed: number): boolean
}

/** A short run on a shared machine is noisy; what is worse by more than this is a regression. */
export const regressionFactor = 2

/** Prints the bars, and compares or writes them. True: all is as it must be. */
export function concludeBars(bars: readonly Bar[], conclusion: Conclusion): boolean {
  const { name, rounds, check } = conclusion
  console.log(barTable(bars))
  const file = `test/bench/results/${name}.json`
  if (check) return passesCheck(bars, file, conclusion)
  const result = {
    command: `npm run bench -- ${name} --rounds ${rounds}`,
    machine: `${cpus().length} cores, ${cpus()[0]?.model}, node ${process.versions.node}`,
    bars: bars.map((bar) => ({ ...bar, held: isHeld(bar) })),
  }
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`)
  console.log(`written to ${file}`)
  return bars.every(isHeld)
}

function passesCheck(bars: readonly Bar[], file: string, { isWorse }: Conclusion): boolean {
  const { bars: before }: { bars: Bar[] } = JSON.parse(readFileSync(file, 'utf8'))
  const worse = bars.filter((bar) => {
    const committed = before.find(({ what }) => what === bar.what)
    if (committed === undefined) {
      throw new Error(`no committed result for ${bar.what}: run without --check`)
    }
    return isWorse(bar, committed.measured)
  })
  for (const { what, measured, unit } of worse) {
    console.error(`${what}: ${measured} ${unit} is off by more than twice`)
  }
  if (worse.length === 0) console.log('no bar is off by more than twice')
  return worse.length === 0
}
