import { readdirSync } from 'node:fs'
import { seededRandom } from '@meshwright/testkit'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { MeshProxy } from '../../src/index.ts'
import { oneByteOff, type SeenRequest } from './backend.ts'
import { body, Comparison } from './bodies.ts'
import type { SeenResponse } from './client.ts'
import { type Plan, planOf } from './plan.ts'
import { type Leg, type Planted, type ProxyModule, startRow } from './proxy-between.ts'
import { type Verdict, verdict } from './verdict.ts'

/** In all, over both ways to move bytes, four pairs of protocols and four of transports; a long run: `MESHWRIGHT_EXCHANGES=10000`. */
const exchanges = Number(process.env['MESHWRIGHT_EXCHANGES'] ?? 1500)
const seed = Number(process.env['MESHWRIGHT_SEED'] ?? 1)
const workers = 8

const kinds = ['fast', 'portable'] as const
const legs: readonly Leg[] = ([1, 2] as const).flatMap((version) =>
  [false, true].map((tls) => ({ version, tls })),
)
const pairs = legs.flatMap((down) => legs.map((up) => ({ down, up, name: nameOf(down, up) })))
const perPair = Math.ceil(exchanges / kinds.length / pairs.length / workers) * workers
const timeout = 60_000 + exchanges * 50

function nameOf(down: Leg, up: Leg): string {
  const leg = ({ version, tls }: Leg): string => `HTTP/${version}${tls ? ' in TLS' : ''}`
  return `from ${leg(down)} to ${leg(up)}`
}

describe.each(kinds)('bodies of every size, by the %s path', (kind) => {
  let modules: ProxyModule

  beforeAll(async () => {
    vi.stubEnv('MESHWRIGHT_IO', kind === 'portable' ? 'portable' : '')
    vi.resetModules()
    modules = await import('../../src/index.ts')
  })

  afterAll(() => void vi.unstubAllEnvs())

  test.each(pairs)(
    'arrive $name as they were sent, and what is broken off is seen to be',
    { timeout },
    async (pair) => {
      const before = openDescriptors()
      const told = await run(modules, pair, perPair)
      expect(told.filter((it) => it !== 'whole' && it !== 'broken')).toEqual([])
      expect(told).toHaveLength(perPair)
      expect(told.filter((it) => it === 'whole').length).toBeGreaterThan(perPair / 2)
      await vi.waitFor(() => expect(openDescriptors()).toBe(before), { timeout: 5000 })
    },
  )

  test.each(pairs.filter(({ down, up }) => !down.tls && !up.tls))(
    'one byte of one exchange that is changed $name is found',
    { timeout },
    async (pair) => {
      for (const planted of [{ inRequest: 13 }, { inResponse: 13 }]) {
        const told = await run(modules, pair, 32, planted)
        const wrong = told.filter((it) => it !== 'whole' && it !== 'broken')
        expect(wrong).toHaveLength(1)
        expect(wrong[0]).toContain('"id":13,')
        expect(wrong[0]).toContain('inRequest' in planted ? 'request differs' : 'response differs')
      }
    },
  )
})

test('the comparison sees one byte that is wrong, one that lacks and one too many', () => {
  const whole = body(3, 10_000)
  const check = (bytes: Buffer): boolean => {
    const comparison = new Comparison(whole)
    comparison.add(bytes.subarray(0, 5000))
    comparison.add(bytes.subarray(5000))
    return comparison.isWhole
  }
  expect(check(whole)).toBe(true)
  expect(check(whole.subarray(1))).toBe(false)
  expect(check(whole.subarray(0, 9999))).toBe(false)
  expect(check(Buffer.concat([whole, whole.subarray(0, 1)]))).toBe(false)
  expect(check(oneByteOff(whole))).toBe(false)
})

describe('the verdict', () => {
  const message = { number: 1, bytes: 100, chunked: true, trailers: false, writerTurns: 0 }
  const plan: Plan = {
    id: 1,
    request: { ...message, readerTurns: 0 },
    response: { ...message, readerTurns: 0 },
    early: false,
    breaks: undefined,
  }
  const got = (bytes: number): Comparison => {
    const comparison = new Comparison(body(1, 100))
    comparison.add(body(1, bytes))
    return comparison
  }
  const response = (bytes: number, ended: boolean): SeenResponse => {
    return { status: 200, comparison: got(bytes), ended, sum: undefined, error: undefined }
  }
  const request = (bytes: number, ended: boolean): SeenRequest => {
    return { comparison: got(bytes), ended, sum: undefined }
  }
  const broken = (by: 'client' | 'server', during: 'request' | 'response'): Plan => {
    return { ...plan, breaks: { by, during, atByte: 50 } }
  }
  const whole = response(100, true)

  test('of what is as it should be', () => {
    expect(verdict(plan, whole, [request(100, true)])).toBe('whole')
    const cut = response(50, false)
    expect(verdict(broken('server', 'response'), cut, [request(100, true)])).toBe('broken')
    expect(verdict(broken('client', 'request'), response(0, false), [])).toBe('broken')
  })

  test.each<[string, Verdict]>([
    ['request seen 2 times', verdict(plan, whole, [request(100, true), request(100, true)])],
    ['request seen 0 times', verdict(plan, whole, [])],
    ['response did not end', verdict(plan, response(100, false), [request(100, true)])],
    ['request did not end', verdict(plan, whole, [request(100, false)])],
    ['response differs', verdict(plan, response(99, true), [request(100, true)])],
    ['trailer', verdict(plan, { ...whole, sum: 'other' }, [request(100, true)])],
    ['response looks whole', verdict(broken('server', 'response'), response(50, true), [])],
    ['request looks whole', verdict(broken('client', 'request'), whole, [request(50, true)])],
  ])('finds: %s', (fault, told) => expect(told).toContain(fault))
})

/** Carries out so many drawn exchanges, a few at a time, and judges each once all is quiet. */
async function run(
  modules: ProxyModule,
  pair: { readonly down: Leg; readonly up: Leg },
  count: number,
  planted?: Planted,
): Promise<Verdict[]> {
  const row = await startRow(modules, pair, planted)
  try {
    const random = seededRandom(seed)
    const plans = Array.from({ length: count }, (_, id) => {
      const plan = planOf(id, random)
      return id === planted?.inRequest || id === planted?.inResponse ? plain(plan) : plan
    })
    const responses: SeenResponse[] = []
    const left = [...plans]
    const work = async (): Promise<void> => {
      for (let plan = left.shift(); plan !== undefined; plan = left.shift()) {
        responses[plan.id] = await row.client.exchange(plan)
      }
    }
    await Promise.all(Array.from({ length: workers }, work))
    row.client.close()
    // A connection that is being closed may wait a second for its client to take the rest.
    await vi.waitFor(() => expect(gauges(row.proxy)).toEqual(quiet), { timeout: 10_000 })
    return plans.map((plan) => {
      const response = responses[plan.id]
      if (response === undefined) return `exchange ${plan.id} was not carried out`
      return verdict(plan, response, row.backend.seen.get(plan.id) ?? [])
    })
  } finally {
    await row.close()
  }
}

/** One that has bytes both ways and is not broken off. */
function plain(plan: Plan): Plan {
  const { request, response } = plan
  return {
    ...plan,
    request: { ...request, bytes: request.bytes + 1 },
    response: { ...response, bytes: response.bytes + 1 },
    breaks: undefined,
  }
}

const quiet = {
  'cluster.b.circuit_breakers.default.rq_open': 0,
  'cluster.b.upstream_rq_active': 0,
  'cluster.b.upstream_rq_pending_active': 0,
  'http.test.downstream_cx_active': 0,
  'http.test.downstream_rq_active': 0,
  'http2.pending_send_bytes': 0,
  'http2.streams_active': 0,
}

function gauges(proxy: MeshProxy): object {
  return Object.fromEntries(Object.keys(quiet).map((name) => [name, proxy.stats.gauge(name).value]))
}

/** Open files and sockets of this process (Linux), or its sockets as Node counts them. */
function openDescriptors(): number {
  if (process.platform === 'linux') return readdirSync('/proc/self/fd').length
  return process.getActiveResourcesInfo().filter((it) => it.includes('Wrap')).length
}
