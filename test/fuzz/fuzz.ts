// `npm run fuzz -- [target …] [--seconds N] [--seed N]`: drawn inputs to two that should agree, and planted faults that must be found.
// Without targets all of them, one after the other, N seconds each.
import { parseArgs } from 'node:util'
import { seededRandom } from '@meshwright/testkit'
import { clientHello, frames, hpack, http1, http2, http2Client, proxyProtocol } from './codecs.ts'
import type { FuzzTarget } from './fuzz-target.ts'
import { routes } from './routes.ts'

const targets: Readonly<Record<string, FuzzTarget>> = {
  routes,
  hpack,
  frames,
  http1,
  http2,
  'http2-client': http2Client,
  'proxy-protocol': proxyProtocol,
  'client-hello': clientHello,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})

let failed = false
for (const name of positionals.length === 0 ? Object.keys(targets) : positionals) {
  const target = targets[name]
  if (target === undefined) {
    throw new Error(
      `unknown target ${JSON.stringify(name)}; known: ${Object.keys(targets).join(', ')}`,
    )
  }
  console.log(`${name}: seed ${values.seed}, ${values.seconds} s`)
  const random = seededRandom(Number(values.seed))
  if (!(await findsPlanted(target, random)) || !(await agrees(target, random))) failed = true
}
process.exitCode = failed ? 1 : 0

async function findsPlanted(target: FuzzTarget, random: () => number): Promise<boolean> {
  let all = true
  for (const [fault, fuzz] of Object.entries(target.planted)) {
    const { differences, inputs } = await fuzz(random)
    console.log(`  planted: ${fault}: told by ${differences} of ${inputs} ${target.inputs}`)
    if (differences === 0) all = false
  }
  return all
}

async function agrees(target: FuzzTarget, random: () => number): Promise<boolean> {
  const deadline = performance.now() + Number(values.seconds) * 1000
  let [inputs, differences, turn] = [0, 0, 0]
  while (performance.now() < deadline && differences === 0) {
    const round = await target.round(random, turn++)
    inputs += round.inputs
    differences += round.differences
    for (const example of round.examples) console.error(JSON.stringify(example))
  }
  console.log(`  ${inputs} ${target.inputs}, ${differences} differences`)
  return differences === 0 && inputs > 0
}
