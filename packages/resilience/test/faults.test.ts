import { seededRandom } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import {
  type Call,
  createFaults,
  createPacer,
  type FaultOptions,
  injectFaults,
  withPolicies,
} from '../src/index.ts'
import { surroundingsOf, VirtualTime } from './virtual-time.ts'

const none = () => undefined
const lookup = (headers: Readonly<Record<string, string>>) => (name: string) => headers[name]
const always = { percentage: { numerator: 100 } }

test('aborts of ten per cent are within the binomial bound, and a planted eleven are not', () => {
  const count = 100_000
  const share = (numerator: number): number => {
    const faults = createFaults({
      abort: { httpStatus: 503, percentage: { numerator, denominator: 10_000 } },
    })
    const random = seededRandom(77)
    let aborts = 0
    for (let i = 0; i < count; i++) {
      const plan = faults.begin(none, random)
      if (plan?.abort !== undefined) aborts += 1
      plan?.end()
    }
    return aborts
  }
  // Four standard deviations: 99.99 %.
  const bound = 4 * Math.sqrt(count * 0.1 * 0.9)

  expect(Math.abs(share(1000) - count * 0.1)).toBeLessThan(bound)
  expect(Math.abs(share(1100) - count * 0.1)).toBeGreaterThan(bound)
})

test.each([
  { draw: 0, numerator: 1, hit: true },
  { draw: 0.0099, numerator: 1, hit: true },
  { draw: 0.01, numerator: 1, hit: false },
  { draw: 0.9999, numerator: 100, hit: true },
  { draw: 0, numerator: 0, hit: false },
])('a draw of $draw against $numerator per cent: $hit', ({ draw, numerator, hit }) => {
  const faults = createFaults({ delay: { fixedMs: 5, percentage: { numerator } } })
  expect(faults.begin(none, () => draw) !== undefined).toBe(hit)
})

const byHeader: FaultOptions = {
  delay: { fromHeader: true, percentage: { numerator: 50 } },
  abort: { fromHeader: true, percentage: { numerator: 100 } },
  responseRateLimit: { fromHeader: true, percentage: { numerator: 100 } },
}

test.each([
  { headers: {}, plan: undefined },
  { headers: { 'x-envoy-fault-delay-request': '70' }, plan: { delayMs: 70 } },
  { headers: { 'x-envoy-fault-delay-request': '0' }, plan: undefined },
  { headers: { 'x-envoy-fault-delay-request': 'x' }, plan: undefined },
  // A draw of 0.3 is below 50 and not below 30.
  {
    headers: {
      'x-envoy-fault-delay-request': '70',
      'x-envoy-fault-delay-request-percentage': '30',
    },
    plan: undefined,
  },
  {
    headers: {
      'x-envoy-fault-delay-request': '70',
      'x-envoy-fault-delay-request-percentage': '31',
    },
    plan: { delayMs: 70 },
  },
  { headers: { 'x-envoy-fault-abort-request': '429' }, plan: { abort: { httpStatus: 429 } } },
  { headers: { 'x-envoy-fault-abort-request': '199' }, plan: undefined },
  { headers: { 'x-envoy-fault-abort-request': '600' }, plan: undefined },
  { headers: { 'x-envoy-fault-abort-grpc-request': '14' }, plan: { abort: { grpcStatus: 14 } } },
  {
    headers: { 'x-envoy-fault-abort-request': '500', 'x-envoy-fault-abort-grpc-request': '14' },
    plan: { abort: { httpStatus: 500 } },
  },
  { headers: { 'x-envoy-fault-throughput-response': '64' }, plan: { kibPerSecond: 64 } },
  { headers: { 'x-envoy-fault-throughput-response': '0' }, plan: undefined },
])('the headers $headers make $plan', ({ headers, plan }) => {
  const begun = createFaults(byHeader).begin(lookup(headers), () => 0.3)
  if (plan === undefined) expect(begun).toBeUndefined()
  else expect(begun).toMatchObject(plan)
})

test('a header may make a share less and never more', () => {
  const faults = createFaults({ delay: { fromHeader: true, percentage: { numerator: 10 } } })
  const headers = {
    'x-envoy-fault-delay-request': '1',
    'x-envoy-fault-delay-request-percentage': '100',
  }

  expect(faults.begin(lookup(headers), () => 0.1)).toBeUndefined()
  expect(faults.begin(lookup(headers), () => 0.09)).toBeDefined()
})

test('faults that share a tally are as many at a time together', () => {
  const tally = { active: 0 }
  const options = { delay: { fixedMs: 1, ...always }, maxActiveFaults: 1 }
  const [first, second] = [createFaults(options, tally), createFaults(options, tally)]
  const plan = first.begin(none, () => 0)

  expect(second.begin(none, () => 0)).toBeUndefined()
  expect([first.overflows, second.overflows, tally.active]).toEqual([0, 1, 1])
  plan?.end()
  expect(second.begin(none, () => 0)).toBeDefined()
})

test('only what would have been a fault is one too many', () => {
  const half = { percentage: { numerator: 50 } }
  const faults = createFaults({
    delay: { fixedMs: 1, ...half },
    abort: { httpStatus: 503, ...half },
    maxActiveFaults: 0,
  })
  expect(faults.begin(none, () => 0.9)).toBeUndefined()
  expect(faults.overflows).toBe(0)
  expect(faults.begin(none, () => 0.1)).toBeUndefined()
  // A delay and an abort.
  expect(faults.overflows).toBe(2)
})

test('while so many have a fault others have none, and each counts until it is over', () => {
  const faults = createFaults({ ...{ delay: { fixedMs: 1, ...always } }, maxActiveFaults: 1 })
  const first = faults.begin(none, () => 0)

  expect(faults.begin(none, () => 0)).toBeUndefined()
  expect([faults.active, faults.overflows]).toEqual([1, 1])
  first?.end()
  first?.end()
  expect(faults.active).toBe(0)
  expect(faults.begin(none, () => 0)).toBeDefined()
})

test('requests that a fault is not for have none', () => {
  const faults = createFaults({
    delay: { fixedMs: 1, ...always },
    appliesTo: (header) => header('x-user') === 'test',
  })
  expect(faults.begin(none, () => 0)).toBeUndefined()
  expect(faults.begin(lookup({ 'x-user': 'test' }), () => 0)).toMatchObject({ delayMs: 1 })
})

test('a call is delayed, then aborted, and its place given back', async () => {
  const time = new VirtualTime()
  const faults = createFaults({
    delay: { fixedMs: 7000, ...always },
    abort: { httpStatus: 555, ...always },
  })
  let calls = 0
  const call: Call<string, string> = async () => `${calls++}`
  const send = withPolicies(call, [injectFaults(faults)], surroundingsOf(time))

  await expect(time.run(send('a'))).rejects.toMatchObject({
    code: 'ERR_RESILIENCE_FAULT_ABORT',
    cause: { httpStatus: 555 },
  })
  expect([time.now(), calls, faults.active]).toEqual([7000, 0, 0])

  const answering = injectFaults<string, string>(faults, {
    abortAnswer: (abort) => JSON.stringify(abort),
  })
  expect(await time.run(withPolicies(call, [answering], surroundingsOf(time))('a'))).toBe(
    '{"httpStatus":555}',
  )
})

test('an answer is slowed down by whoever knows how', async () => {
  const time = new VirtualTime()
  const faults = createFaults({ responseRateLimit: { kibPerSecond: 8, ...always } })
  const policy = injectFaults<string, string>(faults, {
    slowDown: (answer, kibPerSecond) => `${answer} at ${kibPerSecond}`,
  })
  const send = withPolicies(async () => 'body', [policy], surroundingsOf(time))

  expect(await send('')).toBe('body at 8')
})

test.each([
  { delay: { fixedMs: -1, ...always } },
  { delay: { fixedMs: Number.NaN, ...always } },
  { abort: { httpStatus: 199, ...always } },
  { abort: { httpStatus: 600, ...always } },
  { abort: { grpcStatus: -1, ...always } },
  { responseRateLimit: { kibPerSecond: 0, ...always } },
  { delay: { fixedMs: 1, percentage: { numerator: -1 } } },
  { delay: { fixedMs: 1, percentage: { numerator: 1, denominator: 7 as 100 } } },
  { maxActiveFaults: 0.5 },
])('refuses %j', (options) => {
  expect(() => createFaults(options)).toThrow(
    expect.objectContaining({ code: 'ERR_RESILIENCE_OPTION' }),
  )
})

test('a body of 64 KiB at 16 KiB a second takes four seconds less the first slice', () => {
  const pacer = createPacer(16, 0)
  let now = 0
  let sent = 0
  let steps = 0
  while (sent < 65_536) {
    const bytes = pacer.take(65_536 - sent, now)
    expect(bytes).toBeLessThanOrEqual(1024)
    sent += bytes
    steps += 1
    if (sent < 65_536) now += pacer.waitMs(now)
  }
  // 64 slices; the first at once, each further one after 62.5 ms.
  expect(steps).toBe(64)
  expect(now).toBe(Math.ceil(63 * 62.5))
})

test('over ten virtual years a pacer lets through its rate and no more than a second ahead', () => {
  const pacer = createPacer(1, 0)
  const random = seededRandom(4)
  const year = 365 * 86_400_000
  let now = 0
  let sent = 0
  let tries = 0
  while (now < 10 * year) {
    now += random() < 0.001 ? random() * 30 * 86_400_000 : random() * 2000
    const before = sent
    sent += pacer.take(1e9, now)
    expect(sent - before).toBeLessThanOrEqual(1024)
    // A slice ahead at the most.
    expect(sent).toBeLessThanOrEqual(64 + now * 1.024)
    tries += 1
  }
  expect(tries).toBeGreaterThan(10_000)
}, 60_000)

test.each([-5, Number.NaN, Infinity])('a clock at %d stands still for a pacer', (now) => {
  const pacer = createPacer(16, 0)
  pacer.take(1024, 0)

  expect(pacer.take(1024, now)).toBe(0)
  expect(pacer.take(1024, 63)).toBe(1024)
})
