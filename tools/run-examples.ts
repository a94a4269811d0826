// Runs every example and compares what it prints with the `output` fence of its README.
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const outputForm = /^```output\n([\s\S]*?)^```/m
const limitMs = 60_000

const examples = globSync('examples/*/main.ts').sort()
let failed = 0
for (const main of examples) {
  const readme = readFileSync(join(dirname(main), 'README.md'), 'utf8')
  const expected = outputForm.exec(readme)?.[1]
  const run = spawnSync(process.execPath, [main], { encoding: 'utf8', timeout: limitMs })
  const passed = run.status === 0 && expected !== undefined && run.stdout === expected
  if (!passed) {
    failed += 1
    console.error(
      `${main}: exit ${run.status}\nexpected:\n${expected}\ngot:\n${run.stdout}${run.stderr}`,
    )
  } else console.log(`${main} printed what its README says`)
}
console.log(`${examples.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 && examples.length > 0 ? 0 : 1
