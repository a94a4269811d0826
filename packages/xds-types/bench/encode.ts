// Encodes a ClusterLoadAssignment, and prints microseconds per operation and ratios.
//
//   npm run build -w @meshwright/xds-types && node packages/xds-types/bench/encode.ts
//
// "protobufjs" is the encoder that protobufjs 8 compiles from the reflected type, on a message made
// beforehand: the same code, but for how it is bundled, as that of pbjs -t static-module.
import { deepStrictEqual } from 'node:assert'
import { ClusterLoadAssignment } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import { loadProtos } from '../scripts/load-protos.ts'
import { sampleEndpoints } from './sample-endpoints.ts'

const reflected = loadProtos().lookupType('envoy.config.endpoint.v3.ClusterLoadAssignment')

for (const count of [4, 100, 1000]) {
  const json = sampleEndpoints(count)
  const message = ClusterLoadAssignment.fromJson(json)
  const bytes = ClusterLoadAssignment.encode(message)
  const foreign = reflected.decode(bytes)
  deepStrictEqual(new Uint8Array(reflected.encode(foreign).finish()), bytes)
  deepStrictEqual(ClusterLoadAssignment.encodeJson(json), bytes)

  const [baseline, ...rows] = await medians({
    'protobufjs, from a message': () => reflected.encode(foreign).finish(),
    'encodeJson, from JSON': () => ClusterLoadAssignment.encodeJson(json),
    'encode, from a message': () => ClusterLoadAssignment.encode(message),
    'encode(fromJson(json))': () =>
      ClusterLoadAssignment.encode(ClusterLoadAssignment.fromJson(json)),
    'JSON.stringify': () => JSON.stringify(json),
  })
  if (baseline === undefined) continue
  process.stdout.write(`\n${count} endpoints, ${bytes.length} bytes, node ${process.version}\n`)
  for (const { name, us } of [baseline, ...rows]) {
    const ratio = (baseline.us / us).toFixed(1)
    process.stdout.write(
      `${name.padEnd(28)}${us.toFixed(2).padStart(10)} us${ratio.padStart(8)}x\n`,
    )
  }
}

/** Medians of interleaved rounds, so that a noisy neighbour hits all alike. */
async function medians(
  runs: Readonly<Record<string, () => unknown>>,
): Promise<{ name: string; us: number }[]> {
  const samples = new Map(Object.keys(runs).map((name) => [name, [] as number[]]))
  for (let round = 0; round < 15; round++) {
    for (const [name, run] of Object.entries(runs)) samples.get(name)?.push(timed(run))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return [...samples].map(([name, times]) => ({
    name,
    us: times.slice(3).sort((a, b) => a - b)[6] ?? 0,
  }))
}

function timed(run: () => unknown): number {
  const begin = performance.now()
  let count = 0
  do {
    run()
    count += 1
  } while (performance.now() - begin < 20)
  return ((performance.now() - begin) * 1000) / count
}
