import { status } from '@grpc/grpc-js'
import { hashOfKey, hostSet, ringHash } from '@meshwright/lb-algorithms'
import { chiSquare, chiSquareBound, ManualClock, seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import { registerPolicies, registerPolicy } from '../src/grpc/index.ts'
import {
  endpointOf,
  grpcBackend,
  grpcBackends,
  grpcClient,
  TestResolver,
  targetOf,
} from './grpc-backends.ts'
import { many, until } from './hosts.ts'

const clock = new ManualClock()
registerPolicies({ now: () => clock.now(), random: seededRandom(1) })

/** Until all are connected: a balancer chooses among those that are. */
async function warmUp(say: () => Promise<string>, hosts: number): Promise<void> {
  const seen = new Set<string>()
  while (seen.size < hosts) seen.add(await say())
}

describe('a policy of a service config', () => {
  test('gives hosts turns by weights that the config has', async () => {
    const all = await grpcBackends('a', 'b', 'c')
    const weights = Object.fromEntries(all.map(({ address }, i) => [address, i + 1]))
    const client = grpcClient(targetOf(all), { meshwright_round_robin: { weights } })
    await warmUp(client.say, 3)
    const before = all.map(({ calls }) => calls)
    await many(60, 4, client.say)
    expect(all.map(({ calls }, i) => calls - (before[i] ?? 0))).toEqual([10, 20, 30])
  })

  test('goes by weights that the resolver has', async () => {
    const all = await grpcBackends('a', 'b', 'c')
    TestResolver.set(
      'weights',
      all.map((it, i) => endpointOf(it, i + 1)),
    )
    const client = grpcClient('test:weights', { meshwright_round_robin: {} })
    await warmUp(client.say, 3)
    const before = all.map(({ calls }) => calls)
    await many(60, 4, client.say)
    expect(all.map(({ calls }, i) => calls - (before[i] ?? 0))).toEqual([10, 20, 30])
  })

  test('goes where a ring of the same hosts and weights sends the key', async () => {
    const all = await grpcBackends('a', 'b', 'c')
    const weights = Object.fromEntries(all.map(({ address }, i) => [address, i + 1]))
    const options = { hashHeader: 'X-User', minRingSize: 4096, weights }
    const client = grpcClient(targetOf(all), { meshwright_ring_hash: options })
    await warmUp(client.say, 3)
    const entries = all.map(({ address, name }, i) => ({ host: { address, name }, weight: i + 1 }))
    const ring = ringHash(hostSet([{ hosts: entries }]), { minRingSize: 4096 })
    const random = seededRandom(2)
    const seen = new Set<string>()
    for (let i = 0; i < 200; i++) {
      const user = `user ${i}`
      const expected = ring.pick({ random, hash: hashOfKey(user) })?.name
      const got = await client.say({ 'x-user': user })
      expect(got).toBe(expected)
      seen.add(got)
    }
    expect(seen.size).toBe(3)
  })

  test('draws evenly where it goes by requests in flight', async () => {
    const all = await grpcBackends('a', 'b', 'c')
    const client = grpcClient(targetOf(all), { meshwright_least_request: {} })
    await warmUp(client.say, 3)
    const before = all.map(({ calls }) => calls)
    for (let i = 0; i < 600; i++) await client.say()
    const counts = all.map(({ calls }, i) => calls - (before[i] ?? 0))
    expect(chiSquare(counts, [200, 200, 200])).toBeLessThan(chiSquareBound(2))
  })

  test('is one of your own, if it is registered', async () => {
    const all = await grpcBackends('a', 'b')
    registerPolicy('always_the_last', (hosts) => {
      let list = hosts.hosts
      return {
        pick: () => (list.length === 0 ? undefined : list.hostAt(list.length - 1)),
        update(next) {
          list = next.hosts
        },
      }
    })
    const client = grpcClient(targetOf(all), { always_the_last: {} })
    // Until it is connected, the last is the first.
    while ((await client.say()) !== 'b') expect(all[0].calls).toBeLessThan(1000)
    expect(await many(20, 4, client.say)).toEqual(Array(20).fill('b'))
  })

  test.each<[string, object]>([
    ['weights that are none', { weights: { '127.0.0.1:1': 0 } }],
    ['a header that is none', { hashHeader: 1 }],
    ['no object', []],
    ['a ring of a size that is none', { minRingSize: -1 }],
    ['outliers that make no sense', { outlierDetection: { maxEjectionPercent: 101 } }],
  ])('with %s is passed over', async (_, json) => {
    const all = await grpcBackends('a', 'b')
    const wrong = { meshwright_ring_hash: json }
    const client = grpcClient(targetOf(all), wrong, { meshwright_round_robin: {} })
    await warmUp(client.say, 2)
    // Where none is left grpc-js takes its own, which goes to one host.
    const only = grpcClient(targetOf(all), wrong)
    expect(new Set(await many(30, 3, only.say)).size).toBe(1)
  })
})

describe('a host that fails', () => {
  const outlierDetection = { consecutive5xx: 3, maxEjectionPercent: 50 }

  test('is ejected while clients that retry see no error, and let back in later', async () => {
    const [bad, ...good] = await grpcBackends('bad', 'b', 'c')
    const all = [bad, ...good]
    const client = grpcClient(targetOf(all), { meshwright_round_robin: { outlierDetection } })
    await warmUp(client.say, 3)
    const before = bad.calls
    bad.answer((_, reply) => reply({ code: status.UNAVAILABLE }))
    const answers = await many(300, 10, client.say)
    expect(answers.filter((it) => it !== 'b' && it !== 'c')).toEqual([])
    expect(answers).toHaveLength(300)
    const failed = bad.calls - before
    expect(failed).toBeGreaterThanOrEqual(3)
    expect(failed).toBeLessThan(3 + 10)

    bad.answer((_, reply) => reply(null, 'bad'))
    clock.advance(40_000)
    expect(new Set(await many(60, 4, client.say))).toEqual(new Set(['bad', 'b', 'c']))
  })

  test('is not ejected for what its caller cancels or asks wrongly', async () => {
    const [a, ...others] = await grpcBackends('a', 'b', 'c')
    const all = [a, ...others]
    const policy = { meshwright_round_robin: { outlierDetection } }
    const client = grpcClient(targetOf(all), policy)
    await warmUp(client.say, 3)
    a.answer((_, reply) => reply({ code: status.INVALID_ARGUMENT }))
    for (let i = 0; i < 30; i++) await client.say().catch(() => undefined)
    a.answer(() => undefined)
    for (let i = 0; i < 30; i++) {
      const before = a.calls
      const [call, answer] = client.call()
      const settled = answer.catch(() => undefined)
      await Promise.race([settled, until(() => a.calls > before)])
      call.cancel()
      await settled
    }
    a.answer((_, reply) => reply(null, 'a'))
    expect(new Set(await many(30, 1, client.say))).toEqual(new Set(['a', 'b', 'c']))
  })

  test('that loses its connections is left out until it is back', async () => {
    const [a, b] = await grpcBackends('a', 'b')
    const client = grpcClient(targetOf([a, b]), { meshwright_round_robin: {} })
    await warmUp(client.say, 2)
    a.stop()
    expect(await many(50, 5, client.say)).toEqual(Array(50).fill('b'))
    const again = await grpcBackend('a again', a.port)
    await warmUp(client.say, 2)
    expect(again.calls).toBeGreaterThan(0)
  })
})

describe('an update of hosts', () => {
  test('lets calls on their way finish, and sends nothing more there', async () => {
    const [leaving, staying] = await grpcBackends('leaving', 'staying')
    TestResolver.set('update', [endpointOf(leaving)])
    const client = grpcClient('test:update', { meshwright_least_request: {} })
    await client.say()
    const waiting: (() => void)[] = []
    leaving.answer((_, reply) => waiting.push(() => reply(null, 'leaving')))
    const onTheirWay = Array.from({ length: 20 }, () => client.say())
    await until(() => waiting.length === 20)

    TestResolver.set('update', [endpointOf(staying)])
    // The resolver tells it in the next turn; from then on calls wait for the new connection.
    await new Promise((resolve) => setImmediate(resolve))
    expect(await many(20, 5, client.say)).toEqual(Array(20).fill('staying'))
    for (const answer of waiting) answer()
    expect(await Promise.all(onTheirWay)).toEqual(Array(20).fill('leaving'))
    await leaving.drained()
  })

  test('that leaves no host is healed by the next one', async () => {
    const [a] = await grpcBackends('a')
    TestResolver.set('empty', [endpointOf(a)])
    const client = grpcClient('test:empty', { meshwright_ring_hash: {} })
    expect(await client.say()).toBe('a')
    TestResolver.set('empty', [])
    TestResolver.set('empty', [endpointOf(a)])
    expect(await client.say()).toBe('a')
  })
})

test('a closed client keeps no connection', async () => {
  const all = await grpcBackends('a', 'b')
  const client = grpcClient(targetOf(all), { meshwright_maglev: { hashHeader: 'x-user' } })
  await many(20, 5, client.say)
  client.close()
  await Promise.all(all.map((it) => it.drained()))
})
