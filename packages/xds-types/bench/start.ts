// What it costs to begin: milliseconds in fresh processes, medians. Needs the built package.
//
//   npm run build -w @meshwright/xds-types && npm run bench -w @meshwright/xds-types
import { execFileSync } from 'node:child_process'

const runs = 15
const cluster = '@meshwright/xds-types/envoy/config/cluster/v3'

/** Programs that end by printing milliseconds since `from`, which is taken before any import. */
const programs = {
  'node itself, an empty module': 'print()',
  'import one package of handles': `await import('${cluster}'); print()`,
  'core ready: first Cluster through JSON, bytes, rules': `
    const { Cluster } = await import('${cluster}')
    const message = Cluster.fromJson({ name: 'a', connectTimeout: '1s', loadAssignment: { clusterName: 'a' } })
    Cluster.validate(Cluster.decode(Cluster.encode(message)))
    print()`,
  'every message of every package described': `
    const { messageTypeFor } = await import('@meshwright/xds-types')
    const { descriptors } = await import(${JSON.stringify(new URL('../gen/descriptors.js', import.meta.url).href)})
    for (const text of Object.values(descriptors))
      for (const name of Object.keys(JSON.parse(text))) messageTypeFor(name)
    print()`,
}

for (const [name, program] of Object.entries(programs)) {
  const times = Array.from({ length: runs }, () => millisecondsOf(program)).sort((a, b) => a - b)
  const [best = 0] = times
  const median = times[Math.floor(runs / 2)] ?? 0
  process.stdout.write(
    `${name.padEnd(56)}${median.toFixed(1).padStart(7)} ms (best ${best.toFixed(1)})\n`,
  )
}

function millisecondsOf(program: string): number {
  const source = `
    const from = performance.now()
    const print = () => process.stdout.write(String(performance.now() - from))
    ${program}`
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  })
  return Number(output)
}
