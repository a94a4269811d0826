import {
  createKeyedLimiter,
  createLimiter,
  fixedWindow,
  gcra,
  type KeyedLimiter,
  type Limiter,
  type LimitRule,
  slidingCounter,
  slidingLog,
  tokenBucket,
} from '@meshwright/rate-limit'
import type { Bar } from '../bar.ts'
import { median } from '../median.ts'
import { bytesPerCall, collector } from './allocation.ts'

const work = async (value: number): Promise<number> => value

/** What is taken comes back about as quickly, so that takes are both let through and refused. */
const bucket: LimitRule = tokenBucket({ maxTokens: 100, tokensPerFill: 100, fillIntervalMs: 200 })
const others: readonly LimitRule[] = [
  gcra({ limit: 100, periodMs: 200 }),
  slidingCounter({ limit: 100, windowMs: 200 }),
  slidingLog({ limit: 100, windowMs: 200 }),
  fixedWindow({ limit: 100, windowMs: 200 }),
]

/** Whole milliseconds: what a clock of fractions allocates is not the limiter's. */
let now = 0

const manyKeys = 1_000_000
const keyNames = Array.from({ length: 1024 }, (_, i) => `client ${i}`)
let turn = 0

/** A take beside a bare await. */
export async function takeBars(rounds: number): Promise<Bar[]> {
  // A process has one or two kinds of limits; with all five of them no call can be compiled for its kind.
  const alone = await ratios(rounds, {
    [bucket.kind]: () => sampleTakes(createLimiter(bucket, 0)),
    'token-bucket of 1024 keys': () => sampleKeyedTakes(createKeyedLimiter(bucket)),
  })
  const rules = [bucket, ...others]
  const mixed = await ratios(
    rounds,
    Object.fromEntries(
      rules.map((rule) => [
        `${rule.kind} among five kinds`,
        () => sampleTakes(createLimiter(rule, 0)),
      ]),
    ),
  )
  return [...alone, ...mixed].map(({ name, measured, detail }) => ({
    what: `${name}, take over a bare await`,
    unit: 'x',
    measured,
    atMost: name === bucket.kind ? 0.2 : 1.5,
    detail,
  }))
}

/** Nanoseconds beside those of a bare await of the same round. */
async function ratios(
  rounds: number,
  samples: Readonly<Record<string, () => number>>,
): Promise<{ name: string; measured: number; detail: string }[]> {
  const bare: number[] = []
  const times = new Map<string, number[]>(Object.keys(samples).map((name) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    const beside = await sampleAwait()
    const each = Object.entries(samples).map(([name, sample]) => [name, sample()] as const)
    // The first round warms up.
    if (round === 0) continue
    bare.push(beside)
    for (const [name, ns] of each) times.get(name)?.push(ns)
  }
  return [...times].map(([name, own]) => ({
    name,
    measured: median(own.map((ns, i) => ns / (bare[i] ?? Number.NaN))),
    detail: `${median(own).toPrecision(3)} ns, bare: ${median(bare).toPrecision(3)} ns`,
  }))
}

/** What a million keys weigh, and that more of them weigh no more. */
export function keyMemoryBars(): Bar[] {
  const collect = collector()
  const weigh = (): number => {
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const before = weigh()
  const keyed = createKeyedLimiter(tokenBucket({ maxTokens: 10, fillIntervalMs: 1000 }), {
    maxKeys: manyKeys,
  })
  const use = (from: number, to: number): void => {
    for (let i = from; i < to; i++) keyed.take(`client ${i}`, i / 1000)
  }
  // As many again, so that keys are forgotten and the map has grown as far as it does.
  use(0, 2 * manyKeys)
  const full = weigh() - before
  use(2 * manyKeys, 8 * manyKeys)
  const later = weigh() - before
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`
  const detail = `${keyed.size} keys: ${mib(full)} after 2 million, ${mib(later)} after 8 million`
  return [
    { what: 'a million keys, each', unit: 'bytes', measured: full / manyKeys, atMost: 200, detail },
    {
      what: 'memory after eight million keys over two, of which a million are kept',
      unit: 'x',
      measured: later / full,
      atMost: 1.1,
      detail,
    },
  ]
}

/** Bytes of everything that takes. */
export function takeAllocationBars(): Bar[] {
  const runs: Readonly<Record<string, () => unknown>> = {
    ...Object.fromEntries([bucket, ...others].map((rule) => [rule.kind, takeOf(rule)])),
    'token-bucket of 1024 keys': takeOfKeys(),
  }
  return Object.entries(runs).map(([name, run]) => ({
    what: `${name}, bytes allocated per take`,
    unit: 'bytes',
    measured: bytesPerCall(run),
    atMost: 0,
    detail: 'heap over 10 million calls',
  }))
}

function takeOf(rule: LimitRule): () => boolean {
  const limiter = createLimiter(rule, now)
  return () => {
    now += 1
    return limiter.take(now)
  }
}

function takeOfKeys(): () => boolean {
  const keyed = createKeyedLimiter(bucket)
  return () => {
    now += 1
    turn = (turn + 389) & 1023
    return keyed.take(keyNames[turn] ?? '', now)
  }
}

/** How long a sample takes at least: many ticks of the clock of CPU time. */
const sampleMs = 100

async function sampleAwait(): Promise<number> {
  const started = cpuMs()
  let calls = 0
  for (let batch = 1; ; batch *= 2) {
    for (let i = 0; i < batch; i++) sink.last = await work(i)
    calls += batch
    const elapsed = cpuMs() - started
    if (elapsed >= sampleMs) return (elapsed * 1e6) / calls
  }
}

/** As the loop of awaits: without another function around the call. */
function sampleTakes(limiter: Limiter): number {
  const started = cpuMs()
  let calls = 0
  for (let batch = 1; ; batch *= 2) {
    for (let i = 0; i < batch; i++) sink.last = limiter.take(calls + i)
    calls += batch
    const elapsed = cpuMs() - started
    if (elapsed >= sampleMs) return (elapsed * 1e6) / calls
  }
}

function sampleKeyedTakes(limiter: KeyedLimiter): number {
  const started = cpuMs()
  let calls = 0
  for (let batch = 1; ; batch *= 2) {
    for (let i = 0; i < batch; i++) {
      sink.last = limiter.take(keyNames[(i * 389) & 1023] ?? '', calls + i)
    }
    calls += batch
    const elapsed = cpuMs() - started
    if (elapsed >= sampleMs) return (elapsed * 1e6) / calls
  }
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Where results go, so that no compiler may leave out the work. */
const sink: { last: unknown } = { last: undefined }
