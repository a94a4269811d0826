// `npm run soak -- [--minutes N] [--seed N] [--processes 1,2]`: the built proxy under load of every kind while its configuration changes every
// second. Prints how its memory goes, and fails when it grows, when a request fails, or when something is left at the end.
// Last it plants a leak, which must be found. All that with each number of processes that serve.
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { seededRandom } from '@meshwright/testkit'
import { until } from '../support/until.ts'
import { startBackends } from './backends.ts'
import { type Control, startControl } from './control.ts'
import { Load } from './load.ts'
import { type SoakedProxy, startProxy } from './proxy.ts'
import { slopeOf } from './slope.ts'

/** How memory went for a while. Slopes in bytes per minute, of the line that fits best. */
interface Stretch {
  readonly minutes: number
  readonly requests: number
  readonly samples: number
  readonly heapBytes: number
  readonly heapSlope: number
  readonly rssSlope: number
}

const mebibyte = 2 ** 20
/**
 * Bytes that the line of the heap may rise by over the whole stretch: what a collection leaves by chance, and for each
 * request an object of three words, which is the least that a leak can be.
 */
const chanceBytes = 2 * mebibyte
const leastLeakBytes = 24
/** Text that the planted fault keeps, each time it does. */
const plantedBytes = 500
const plantedMinutes = 0.2
/** Until code is compiled and pools are as full as they get. */
const warmUpMinutes = 0.3
const sampleMs = 1000

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '0.6' },
    seed: { type: 'string', default: '1' },
    processes: { type: 'string', default: '1,2' },
  },
})
const faults: string[] = []
for (const processes of values.processes.split(',').map(Number)) {
  const found = await soak(Number(values.minutes), Number(values.seed), processes)
  faults.push(...found.map((it) => `${processes} serving: ${it}`))
}
for (const fault of faults) console.error(fault)
console.log(faults.length === 0 ? 'nothing grows, fails or is left' : `${faults.length} faults`)
process.exit(faults.length === 0 ? 0 : 1)

async function soak(minutes: number, seed: number, processes: number): Promise<readonly string[]> {
  const backends = await startBackends()
  await using control = await startControl(backends)
  await using proxy = await startProxy(control.address, processes)
  const ports = { plain: await proxy.port('plain'), tls: await proxy.port('tls') }
  const load = new Load(ports, seededRandom(seed))
  console.log(
    `seed ${seed}, ${processes} serving, ${minutes} minutes after ${warmUpMinutes} of warming up`,
  )
  await watch(warmUpMinutes, { control, proxy, load })
  const asItIs = await watch(minutes, { control, proxy, load })
  report('the proxy as it is', asItIs)
  await proxy.leak(plantedBytes)
  const planted = await watch(plantedMinutes, { control, proxy, load })
  report('with a planted leak', planted)
  const counts = await load.stop()
  const left = await leftOf(proxy)
  backends.close()
  for (const [kind, count] of counts.done) console.log(`  ${count} ${kind}`)
  console.log(`  ${counts.unexpectedCount} unexpected errors`)
  for (const complaint of proxy.complaints.slice(0, 5)) console.log(`  it said: ${complaint}`)
  const idle = [...counts.done].filter(([, count]) => count === 0).map(([kind]) => kind)
  return [
    ...(grows(asItIs, processes) ? [`the heap grows by ${perRequest(asItIs)}`] : []),
    ...(grows(planted, processes) ? [] : ['the planted leak was not found']),
    ...counts.unexpected,
    ...left.map((it) => `left: ${it}`),
    ...idle.map((it) => `nothing done: ${it}`),
    ...(asItIs.samples < 5 ? ['too few samples'] : []),
  ]
}

interface Soaked {
  readonly control: Control
  readonly proxy: SoakedProxy
  readonly load: Load
}

/** Changes the configuration and looks at the memory once a second. */
async function watch(minutes: number, { control, proxy, load }: Soaked): Promise<Stretch> {
  const heap: [number, number][] = []
  const rss: [number, number][] = []
  const before = load.total
  const started = performance.now()
  const passed = (): number => (performance.now() - started) / 60_000
  while (passed() < minutes) {
    await wait(sampleMs)
    await control.turn()
    const memory = await proxy.memory()
    heap.push([passed(), memory.heapBytes])
    rss.push([passed(), memory.rssBytes])
  }
  return {
    minutes: passed(),
    requests: load.total - before,
    samples: heap.length,
    heapBytes: heap.at(-1)?.[1] ?? 0,
    heapSlope: slopeOf(heap),
    rssSlope: slopeOf(rss),
  }
}

function grows({ heapSlope, minutes, requests }: Stretch, processes: number): boolean {
  return heapSlope * minutes > processes * chanceBytes + leastLeakBytes * requests
}

function perRequest({ heapSlope, minutes, requests }: Stretch): string {
  return `${((heapSlope * minutes) / requests).toFixed(1)} bytes per request`
}

function report(name: string, stretch: Stretch): void {
  const { requests, heapBytes, heapSlope, rssSlope, samples } = stretch
  const slope = (bytes: number): string => `${(bytes / mebibyte).toFixed(2)} MiB/min`
  console.log(
    `${name}: ${requests} requests, ${samples} changes; heap ${(heapBytes / mebibyte).toFixed(1)} MiB, slope ${slope(heapSlope)}, ${perRequest(stretch)}; RSS slope ${slope(rssSlope)}`,
  )
}

/** Gauges that do not go back to zero. */
async function leftOf(proxy: SoakedProxy): Promise<readonly string[]> {
  try {
    await until('nothing to be under way', async () => {
      const busy = await proxy.gauges()
      // Connections to hosts are kept for the next request.
      return busy.every((it) => it.includes('upstream_cx_active'))
    })
    return []
  } catch {
    return (await proxy.gauges()).filter((it) => !it.includes('upstream_cx_active'))
  }
}
