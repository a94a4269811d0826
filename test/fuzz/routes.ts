// `npm run fuzz -- [--seconds N] [--seed N]`: the compiled route table against the linear matcher, with planted faults that must be found.
import { parseArgs } from 'node:util'
import { seededRandom } from '@meshwright/testkit'
import { fuzzRoutes, plantedFaults } from '../../packages/route-matcher/test/differential-fuzz.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const seed = Number(values.seed)
const random = seededRandom(seed)
const deadline = performance.now() + Number(values.seconds) * 1000
console.log(`seed ${seed}, ${values.seconds} s`)

let missed = 0
for (const [name, fault] of Object.entries(plantedFaults)) {
  const size = { configurations: 20, routes: 30, requests: 200 }
  const { differences, requests } = fuzzRoutes(random, size, fault)
  console.log(`planted: ${name}: ${differences} of ${requests} requests tell`)
  if (differences === 0) missed++
}

const sizes = [1, 3, 4, 8, 20, 60, 200, 1000]
let [requests, hits, differences, turn] = [0, 0, 0, 0]
while (performance.now() < deadline && differences === 0) {
  const routes = sizes[turn++ % sizes.length] ?? 1
  const report = fuzzRoutes(random, { configurations: 4, routes, requests: 2000 })
  requests += report.requests
  hits += report.hits
  differences += report.differences
  for (const example of report.examples) console.error(JSON.stringify(example))
}
console.log(`${requests} requests, ${hits} taken by a route, ${differences} differences`)
process.exitCode = differences === 0 && missed === 0 && requests > 0 ? 0 : 1
