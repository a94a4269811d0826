import { concludeBars } from '../committed-bars.ts'
import { changeBars } from './changes.ts'
import { memoryBars } from './memory.ts'

/** How long and how strictly to measure. */
interface FootprintOptions {
  readonly rounds: number
  /** Compare with the committed results instead of writing them. */
  readonly check: boolean
}

/** What the proxy weighs when idle, and how little a change of configuration disturbs it. */
export async function benchFootprint({ rounds, check }: FootprintOptions): Promise<boolean> {
  const bars = [...(await memoryBars(rounds)), ...(await changeBars(rounds))]
  return concludeBars(bars, { name: 'footprint', rounds, check })
}
