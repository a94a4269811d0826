import { cpuNanoseconds } from './cpu-time.ts'
import { median } from './median.ts'
import { inRounds, type PinnedProcesses } from './pinned-processes.ts'
import type { ProxyUnderTest } from './proxy-under-test.ts'

/** The core of every proxy; one at a time is loaded. */
export const proxyCore = 0

/** The core of the load and of the backend. */
export const loadCore = 1

/** What one load did. */
export interface LoadResult {
  /** How many requests, calls or messages were answered. */
  readonly requests: number
}

/** What one load did, and what it cost the proxy. */
export type Sample<R extends LoadResult> = R & {
  /** CPU time of the proxy, all its threads and children. */
  readonly microsecondsPerRequest: number
}

/** The samples of each proxy, one for each round. */
export type Samples<R extends LoadResult> = ReadonlyMap<string, readonly Sample<R>[]>

/** Starts each proxy; gives their process ids. */
export async function startProxies(
  processes: PinnedProcesses,
  proxies: readonly ProxyUnderTest[],
): Promise<ReadonlyMap<ProxyUnderTest, number>> {
  const pids = new Map<ProxyUnderTest, number>()
  for (const it of proxies) {
    const command = it.command(processes.file(it.fileName, it.config))
    const { port, environment } = it
    pids.set(it, await processes.start({ command, core: proxyCore, port, environment }))
  }
  return pids
}

/** Loads every proxy in every round, the order turned round every other time. */
export async function loadInRounds<R extends LoadResult>(
  pids: ReadonlyMap<ProxyUnderTest, number>,
  rounds: number,
  load: (port: number) => Promise<R>,
): Promise<Samples<R>> {
  const samples = new Map<string, Sample<R>[]>([...pids.keys()].map((it) => [it.name, []]))
  await inRounds([...pids], rounds, async ([{ name, port }, pid], counts) => {
    if (!counts) return warmUp(pid, () => load(port))
    const before = cpuNanoseconds(pid)
    const result = await load(port)
    const microsecondsPerRequest = (cpuNanoseconds(pid) - before) / 1000 / result.requests
    samples.get(name)?.push({ ...result, microsecondsPerRequest })
  })
  return samples
}

/** Loads a proxy until it has worked for long enough that what it compiles as it runs is compiled, however busy the machine is. */
async function warmUp(pid: number, load: () => Promise<LoadResult>): Promise<void> {
  const enough = cpuNanoseconds(pid) + warmNanoseconds
  for (let visit = 0; visit < mostWarmingVisits && cpuNanoseconds(pid) < enough; visit++) {
    await load()
  }
}

/** Less than a proxy works in a second of load on a machine that does nothing else. */
const warmNanoseconds = 0.6e9
const mostWarmingVisits = 4

/** The median cost of a request. */
export function cost<R extends LoadResult>(samples: Samples<R>, name: string): number {
  return median(costs(samples, name))
}

/** What `own` costs for each that `other` costs: the ratio within each round, then the median, because the machine's speed drifts. */
export function costRatio<R extends LoadResult>(
  samples: Samples<R>,
  own: string,
  other: string,
): number {
  const others = costs(samples, other)
  return median(costs(samples, own).map((it, round) => it / (others[round] ?? Number.NaN)))
}

function costs<R extends LoadResult>(samples: Samples<R>, name: string): readonly number[] {
  return (samples.get(name) ?? []).map((it) => it.microsecondsPerRequest)
}
