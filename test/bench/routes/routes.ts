import type { Bar } from '../bar.ts'
import { concludeBars } from '../committed-bars.ts'
import { analysisBars } from './analysis.ts'
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

/** The route engine against the bars that it must hold. */
export async function benchRoutes({ rounds, check }: RoutesOptions): Promise<boolean> {
  const bars = groups.flatMap((measure) => measure(rounds))
  return concludeBars(bars, { name: 'routes', rounds, check })
}
