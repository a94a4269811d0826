import {
  AdaptiveConcurrency,
  AdmissionControl,
  Breaker,
  createThresholds,
  OutlierDetector,
  withBreaker,
} from '@meshwright/circuit-breaker'
import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel'
import Opossum from 'opossum'
import type { Bar } from '../bar.ts'
import { median } from '../median.ts'
import { bytesPerCall } from './allocation.ts'

const work = async (value: number): Promise<number> => value
const now = (): number => performance.now()

/** What ends the timers of peers. */
const closers: (() => void)[] = []

/** What is awaited a call at a time. Peers do what ours does: count failures in a row, without timeout. */
const awaited: Readonly<Record<string, (value: number) => Promise<unknown>>> = {
  bare: work,
  ours: withBreaker(work, new Breaker({ consecutiveFailures: 5 }), { now }),
  cockatiel: cockatielCall(),
  opossum: opossumCall(),
}

/** How many pairs the synchronous contestants make at one time: as many as lets them be inlined as in a loop of a proxy's. */
const pairs = 100

/** What is done without waiting, {@link pairs} at a time. */
const synchronous: Readonly<Record<string, () => unknown>> = {
  'admit and settle': plainPairs(),
  'admit and settle, window of 10 s': windowedPairs(),
}

/** The breaker beside a bare await, and beside its peers. */
export async function breakerBars(rounds: number): Promise<Bar[]> {
  const times = await measure(rounds)
  const ns = (name: string): string => `${name}: ${median(times.get(name) ?? []).toPrecision(3)} ns`
  const ratio = (of: (at: (name: string) => number) => number): number =>
    median(Array.from({ length: rounds }, (_, i) => of((name) => times.get(name)?.[i] ?? 0)))
  const over = (at: (name: string) => number, name: string): number => at(name) - at('bare')
  const synchronousBars = Object.keys(synchronous).map((name) => ({
    what: `breaker, ${name}, over a bare await`,
    unit: 'x' as const,
    measured: ratio((at) => at(name) / at('bare')),
    atMost: 0.13,
    detail: `${ns(name)}, ${ns('bare')}`,
  }))
  const overhead = (peer: string, atLeast: number): Bar => ({
    what: `withBreaker, overhead of ${peer} over ours`,
    unit: 'x',
    measured: ratio((at) => over(at, peer) / over(at, 'ours')),
    atLeast,
    detail: `${ns('ours')}, ${ns(peer)}, ${ns('bare')}`,
  })
  return [
    ...synchronousBars,
    {
      what: 'withBreaker, overhead over a bare await',
      unit: 'x',
      measured: ratio((at) => over(at, 'ours') / at('bare')),
      atMost: 0.8,
      detail: `${ns('ours')}, ${ns('bare')}`,
    },
    overhead('cockatiel', 1.8),
    overhead('opossum', 6),
  ]
}

/** Bytes of everything that admits. */
export function breakerAllocationBars(): Bar[] {
  const paths: Readonly<Record<string, () => unknown>> = {
    thresholds: thresholdPairs(),
    breaker: plainPairs(1),
    'breaker with a window': windowedPairs(1),
    'outlier monitor': outlierAnswers(),
    'adaptive concurrency': adaptivePairs(),
    'admission control': admissionPairs(),
  }
  const bars = Object.entries(paths).map(([name, run]) => ({
    what: `${name}, bytes allocated per call`,
    unit: 'bytes' as const,
    measured: bytesPerCall(run),
    atMost: 0,
    detail: 'heap over 10 million calls',
  }))
  const pair = plainPairs(1)
  const planted: Bar = {
    what: 'a planted object per call of the breaker is seen',
    unit: 'bytes',
    measured: bytesPerCall(() => ({ calls: pair() })),
    atLeast: 12,
    detail: 'heap over 10 million calls',
  }
  return [...bars, planted]
}

// Each has its own function, so that the compiler sees one kind of gate in it, as in a proxy. The clocks are whole ms: a fraction would
// be an object made by the caller. They move on by one every 64 calls, so that windows turn.

function plainPairs(count = pairs): () => number {
  const breaker = new Breaker({ consecutiveFailures: 5 })
  let calls = 0
  return () => {
    for (let i = 0; i < count; i++) {
      const now = calls++ >>> 6
      breaker.settle(breaker.admit(now), 'success', now)
    }
    return calls
  }
}

function windowedPairs(count = pairs): () => number {
  const breaker = new Breaker({ failureRatio: { ratio: 0.5 } })
  let calls = 0
  return () => {
    for (let i = 0; i < count; i++) {
      const now = calls++ >>> 6
      breaker.settle(breaker.admit(now), 'success', now)
    }
    return calls
  }
}

function thresholdPairs(): () => boolean {
  const { requests, retries } = createThresholds({ retryBudget: {} })
  return () => {
    const admitted = requests.admit() && retries.admit()
    retries.settle()
    requests.settle()
    return admitted
  }
}

function outlierAnswers(): () => unknown {
  const host = new OutlierDetector<string>({}, { now: 0 }).add('a')
  return () => host.httpStatus(200, 0)
}

function adaptivePairs(): () => number {
  const gate = new AdaptiveConcurrency(
    { concurrencyUpdateIntervalMs: 100, minRtt: { fixedMs: 1 } },
    { now: 0 },
  )
  let calls = 0
  return () => {
    const now = calls++ >>> 6
    const ticket = gate.admit(now)
    gate.settle(ticket, 'success', now, 1)
    return ticket
  }
}

function admissionPairs(): () => number {
  const gate = new AdmissionControl({}, () => 0.5)
  let calls = 0
  return () => {
    const now = calls++ >>> 6
    const ticket = gate.admit(now)
    gate.settle(ticket, 'success', now)
    return ticket
  }
}

function cockatielCall(): (value: number) => Promise<unknown> {
  const policy = circuitBreaker(handleAll, {
    halfOpenAfter: 1_000,
    breaker: new ConsecutiveBreaker(5),
  })
  return (value) => policy.execute(() => work(value))
}

function opossumCall(): (value: number) => Promise<unknown> {
  const breaker = new Opossum(work, { timeout: false })
  // Its timers must not keep the benchmark alive, nor may it be shut down before the end.
  closers.push(() => breaker.shutdown())
  return (value) => breaker.fire(value)
}

/** Nanoseconds of CPU time for a call, by contestant and round; the order turns round every other time. */
async function measure(rounds: number): Promise<Map<string, number[]>> {
  const names = [...Object.keys(awaited), ...Object.keys(synchronous)]
  const times = new Map<string, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const run = awaited[name]
      const time = run === undefined ? sample(synchronous[name]) / pairs : await sampleAwait(run)
      // The first round warms up.
      if (round > 0) times.get(name)?.push(time)
    }
  }
  for (const close of closers) close()
  return times
}

/** How long a sample takes at least: many ticks of the clock of CPU time. */
const sampleMs = 100

async function sampleAwait(run: (value: number) => Promise<unknown>): Promise<number> {
  const started = cpuMs()
  let calls = 0
  for (let batch = 1; ; batch *= 2) {
    for (let i = 0; i < batch; i++) sink.last = await run(i)
    calls += batch
    const elapsed = cpuMs() - started
    if (elapsed >= sampleMs) return (elapsed * 1e6) / calls
  }
}

function sample(run: (() => unknown) | undefined): number {
  const started = cpuMs()
  let calls = 0
  for (let batch = 1; ; batch *= 2) {
    for (let i = 0; i < batch; i++) sink.last = run?.()
    calls += batch
    const elapsed = cpuMs() - started
    if (elapsed >= sampleMs) return (elapsed * 1e6) / calls
  }
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

/** Where results go, so that no compiler may leave out the work. */
const sink: { last: unknown } = { last: undefined }
