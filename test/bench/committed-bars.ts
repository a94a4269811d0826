import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import {
  type Bar,
  barTable,
  type CommittedBar,
  committedBar,
  isHeld,
  isOff,
  regressionFactor,
} from './bar.ts'

/** What becomes of measured bars. */
export interface Conclusion {
  /** Of the benchmark; its results are committed under this name. */
  readonly name: string
  readonly rounds: number
  /** Of each sample, where the benchmark loads for a time. */
  readonly seconds?: number
  /** Compare with the committed results instead of writing them. */
  readonly check: boolean
  /** What else is worth keeping: the load, versions, every figure behind the bars. */
  readonly measured?: Readonly<Record<string, unknown>>
  /** Whether a bar is worse by more than noise, given what was committed; otherwise `isOff` says. */
  isWorse?(bar: Bar, committed: number): boolean
}

/** Prints the bars, and compares or writes them. True: all is as it must be. */
export function concludeBars(bars: readonly Bar[], conclusion: Conclusion): boolean {
  const { name, rounds, seconds, check, measured } = conclusion
  console.log(barTable(bars))
  const file = `test/bench/results/${name}.json`
  if (check) return passesCheck(bars, file, conclusion)
  const time = seconds === undefined ? '' : ` --seconds ${seconds}`
  const result = {
    command: `npm run bench -- ${name} --rounds ${rounds}${time}`,
    machine: `${cpus().length} cores, ${cpus()[0]?.model}, node ${process.versions.node}`,
    ...measured,
    bars: bars.map(committedBar),
  }
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`)
  console.log(`written to ${file}`)
  return bars.every(isHeld)
}

function passesCheck(bars: readonly Bar[], file: string, { isWorse }: Conclusion): boolean {
  const committed: { bars?: readonly CommittedBar[] } = JSON.parse(readFileSync(file, 'utf8'))
  const worse = bars.filter((bar) => {
    const before = committed.bars?.find(({ what }) => what === bar.what)?.measured
    if (before === undefined) console.log(`${bar.what}: no committed result, held to its bar alone`)
    return isWorse === undefined || before === undefined ? isOff(bar, before) : isWorse(bar, before)
  })
  for (const { what, measured, unit, slack = regressionFactor } of worse) {
    console.error(`${what}: ${measured} ${unit} is off by more than ${slack} times`)
  }
  if (worse.length === 0) console.log('no bar is off by more than a factor')
  return worse.length === 0
}
