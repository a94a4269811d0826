import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CallGraph, retryStorm, type ServiceCall } from '../src/index.ts'

const step = (from: string, to: string, times: number, tries: number) => ({
  from,
  to,
  times,
  tries,
})

test('three layers with two retries each multiply to twenty-seven, by hand', () => {
  const report = retryStorm({
    entry: 'web',
    calls: [
      { from: 'web', to: 'cart', retries: 2 },
      { from: 'cart', to: 'stock', retries: 2 },
      { from: 'stock', to: 'db', retries: 2 },
    ],
  })

  expect(report.worst).toEqual({
    service: 'db',
    requests: 27n,
    usual: 1n,
    byPath: 27n,
    path: [step('web', 'cart', 1, 3), step('cart', 'stock', 1, 3), step('stock', 'db', 1, 3)],
  })
  expect(report.total).toBe(3n + 9n + 27n)
  expect(report.services.map(({ service }) => service)).toEqual(['db', 'stock', 'cart', 'web'])
})

test('ways add up, and the heavier one is named', () => {
  // web → a → db: 2 × 3 = 6; web → b → db: 4 × 1 × 2 calls = 8; web → db: 1.
  const report = retryStorm({
    entry: 'web',
    calls: [
      { from: 'web', to: 'a', retries: 1 },
      { from: 'a', to: 'db', retries: 2 },
      { from: 'web', to: 'b', retries: 1, hedges: 1 },
      { from: 'b', to: 'db', times: 2 },
      { from: 'web', to: 'db' },
    ],
  })

  expect(report.worst).toEqual({
    service: 'db',
    requests: 15n,
    usual: 4n,
    byPath: 8n,
    path: [step('web', 'b', 1, 4), step('b', 'db', 2, 1)],
  })
})

test('numbers are exact beyond what a double can hold', () => {
  const calls = Array.from({ length: 40 }, (_, i) => ({
    from: `s${i}`,
    to: `s${i + 1}`,
    retries: 9,
    times: 3,
  }))
  expect(retryStorm({ entry: 's0', calls }).worst.requests).toBe(30n ** 40n)
})

test('a cycle has no bound, nor has what is behind it; what is beside it has one', () => {
  const report = retryStorm({
    entry: 'web',
    calls: [
      { from: 'web', to: 'a', retries: 1 },
      { from: 'web', to: 'beside', retries: 1 },
      { from: 'a', to: 'dead-end' },
      { from: 'a', to: 'b' },
      { from: 'b', to: 'a' },
      { from: 'b', to: 'behind' },
    ],
  })
  const of = (name: string) => report.services.find(({ service }) => service === name)

  expect(report.total).toBe('unbounded')
  expect(report.worst).toMatchObject({ service: 'a', requests: 'unbounded', byPath: 'unbounded' })
  expect(of('beside')?.requests).toBe(2n)
  expect(of('web')?.requests).toBe(1n)
  expect(of('behind')).toMatchObject({ requests: 'unbounded', usual: 'unbounded' })
  expect(of('behind')?.path).toEqual([
    step('web', 'a', 1, 2),
    step('a', 'b', 1, 1),
    step('b', 'a', 1, 1),
    step('a', 'b', 1, 1),
    step('b', 'behind', 1, 1),
  ])
})

test('a service that calls itself, and an entry on a cycle', () => {
  const self = retryStorm({ entry: 'a', calls: [{ from: 'a', to: 'a' }] })
  const round = retryStorm({
    entry: 'a',
    calls: [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'a' },
    ],
  })

  expect(self.worst).toMatchObject({ requests: 'unbounded', path: [step('a', 'a', 1, 1)] })
  expect(round.services.map(({ requests }) => requests)).toEqual(['unbounded', 'unbounded'])
})

test('calls of no times are none, also on a cycle, and what nobody reaches is left out', () => {
  const report = retryStorm({
    entry: 'a',
    calls: [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'a', times: 0 },
      { from: 'elsewhere', to: 'a', retries: 100 },
    ],
  })

  expect(report.services.map(({ service, requests }) => [service, requests])).toEqual([
    ['a', 1n],
    ['b', 1n],
  ])
})

test('an entry that calls nobody gets the one request', () => {
  expect(retryStorm({ entry: 'a', calls: [] }).worst).toEqual({
    service: 'a',
    requests: 1n,
    usual: 1n,
    byPath: 1n,
    path: [],
  })
})

test.each([
  { calls: [{ from: 'a', to: 'b', retries: -1 }], code: 'ERR_RESILIENCE_OPTION' },
  { calls: [{ from: 'a', to: 'b', retries: Number.NaN }], code: 'ERR_RESILIENCE_OPTION' },
  { calls: [{ from: 'a', to: 'b', times: 0.5 }], code: 'ERR_RESILIENCE_OPTION' },
  {
    calls: [{ from: 'a', to: 'b', retries: 2 ** 31, hedges: 2 ** 31 }],
    code: 'ERR_RESILIENCE_CALL_GRAPH',
  },
  { calls: [{ from: 'a' } as ServiceCall], code: 'ERR_RESILIENCE_CALL_GRAPH' },
])('refuses $calls', ({ calls, code }) => {
  expect(() => retryStorm({ entry: 'a', calls })).toThrow(expect.objectContaining({ code }))
})

test('a ring of five hundred services is no trouble', () => {
  const ring = Array.from({ length: 500 }, (_, i) => ({ from: `${i}`, to: `${(i + 1) % 500}` }))
  expect(retryStorm({ entry: '0', calls: ring }).worst.requests).toBe('unbounded')
})

/** Plays a request through the graph; whoever handles one that did not fail already asks whether it fails. */
function play(graph: CallGraph, target: string, fails: () => boolean): number {
  let hits = 0
  const handle = (service: string): boolean => {
    if (service === target) hits += 1
    const own = graph.calls.filter(({ from }) => from === service)
    const each = own.flatMap((call) => Array.from({ length: call.times ?? 1 }, () => call))
    return each.every(tryOut) && !fails()
  }
  const tryOut = ({ to, retries = 0 }: ServiceCall): boolean =>
    Array.from({ length: retries + 1 }).some(() => handle(to))
  handle(graph.entry)
  return hits
}

/** The most hits over every way in which services can fail: all strings of answers, one after the other. */
function worstOfAll(graph: CallGraph, target: string): { worst: number; plays: number } {
  let worst = 0
  let plays = 0
  let script: boolean[] = []
  for (;;) {
    let at = 0
    worst = Math.max(
      worst,
      play(graph, target, () => {
        if (at === script.length) script.push(false)
        return script[at++] ?? false
      }),
    )
    plays += 1
    script = script.slice(0, at)
    while (script.at(-1) === true) script.pop()
    if (script.length === 0) return { worst, plays }
    script[script.length - 1] = true
  }
}

const services = ['a', 'b', 'c', 'd']
/** Calls go from left to right, so that there is no cycle. */
const graphs = fc
  .array(
    fc.record({
      from: fc.nat(2),
      over: fc.nat(2),
      times: fc.integer({ min: 1, max: 2 }),
      retries: fc.nat(2),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map(
    (calls): CallGraph => ({
      entry: 'a',
      calls: calls.map(({ from, over, times, retries }) => ({
        from: services[from] ?? 'a',
        to: services[Math.min(3, from + over + 1)] ?? 'd',
        times,
        retries,
      })),
    }),
  )

test('no way of failing brings more than is said, and one brings as much: every way is tried', () => {
  let compared = 0
  let plays = 0
  let above = 0
  fc.assert(
    fc.property(graphs, (graph) => {
      const report = retryStorm(graph)
      fc.pre(report.total !== 'unbounded' && report.total <= 15n)
      for (const { service, requests, usual } of report.services) {
        const all = worstOfAll(graph, service)
        expect(BigInt(all.worst)).toBe(requests)
        compared += 1
        plays += all.plays
        if (requests !== usual) above += 1
      }
    }),
    { numRuns: 150, seed: 21 },
  )
  expect(compared).toBeGreaterThan(200)
  expect(above).toBeGreaterThan(50)
  expect(plays).toBeGreaterThan(10_000)
})

test('the comparison rejects a planted fault: one retry less than there is', () => {
  const graph = { entry: 'a', calls: [{ from: 'a', to: 'b', retries: 2 }] }
  const less = { entry: 'a', calls: [{ from: 'a', to: 'b', retries: 1 }] }

  expect(BigInt(worstOfAll(graph, 'b').worst)).not.toBe(retryStorm(less).worst.requests)
})

test('the path leads from the entry to the service and brings what it says', () => {
  let paths = 0
  fc.assert(
    fc.property(graphs, (graph) => {
      for (const { service, path, byPath } of retryStorm(graph).services) {
        const product = path.reduce((all, it) => all * BigInt(it.times) * BigInt(it.tries), 1n)
        expect(byPath).toBe(product)
        expect(['a', ...path.map(({ to }) => to)].slice(0, -1)).toEqual(
          path.map(({ from }) => from),
        )
        if (path.length > 0) expect(path.at(-1)?.to).toBe(service)
        paths += path.length
      }
    }),
    { seed: 22 },
  )
  expect(paths).toBeGreaterThan(100)
})
