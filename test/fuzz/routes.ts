import { fuzzRoutes, plantedFaults } from '../../packages/route-matcher/test/differential-fuzz.ts'
import type { FuzzTarget } from './fuzz-target.ts'

const sizes = [1, 3, 4, 8, 20, 60, 200, 1000]

/** The compiled route table against the linear matcher. */
export const routes: FuzzTarget = {
  inputs: 'requests',
  round(random, turn) {
    const size = { configurations: 4, routes: sizes[turn % sizes.length] ?? 1, requests: 2000 }
    const { requests, differences, examples } = fuzzRoutes(random, size)
    return { inputs: requests, differences, examples }
  },
  planted: Object.fromEntries(
    Object.entries(plantedFaults).map(([name, fault]) => [
      name,
      (random) => {
        const size = { configurations: 20, routes: 30, requests: 200 }
        const { requests, differences, examples } = fuzzRoutes(random, size, fault)
        return { inputs: requests, differences, examples }
      },
    ]),
  ),
}
