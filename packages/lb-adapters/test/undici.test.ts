import { Readable } from 'node:stream'
import { hashOfKey, hostSet, leastRequest, ringHash, roundRobin } from '@meshwright/lb-algorithms'
import { chiSquare, chiSquareBound, ManualClock, seededRandom } from '@meshwright/testkit'
import { type Dispatcher, interceptors, request, fetch as undiciFetch, upgrade } from 'undici'
import { describe, expect, test } from 'vitest'
import type { Policy } from '../src/index.ts'
import { type BalancedDispatcherOptions, createBalancedDispatcher } from '../src/undici/index.ts'
import { addressesOf, backends, many, until } from './hosts.ts'
import { pem, tlsBackend } from './tls-backend.ts'

async function text(dispatcher: Dispatcher, headers: Record<string, string> = {}): Promise<string> {
  const { body } = await request('http://reviews/', { dispatcher, headers })
  return body.text()
}

async function status(dispatcher: Dispatcher): Promise<number> {
  const { statusCode, body } = await request('http://reviews/', { dispatcher })
  await body.dump()
  return statusCode
}

const retry = (errorCodes?: string[]) =>
  interceptors.retry({
    maxRetries: 3,
    minTimeout: 1,
    maxTimeout: 1,
    timeoutFactor: 1,
    ...(errorCodes && { errorCodes }),
  })

describe('a balanced dispatcher', () => {
  test('takes requests of fetch, of this undici and of Node, and of undici', async () => {
    const hosts = await backends('a', 'b', 'c')
    const dispatcher = createBalancedDispatcher({ hosts: addressesOf(hosts), policy: roundRobin })
    const ofNode = { dispatcher } as unknown as RequestInit
    const answers = [
      await (await fetch('http://reviews/', ofNode)).text(),
      await (await undiciFetch('http://reviews/', { dispatcher })).text(),
      await text(dispatcher),
    ]
    expect(answers.sort()).toEqual(['a', 'b', 'c'])
    const names = hosts.flatMap(({ seen }) => seen.map(({ host }) => host))
    expect(names).toEqual(['reviews', 'reviews', 'reviews'])
    await dispatcher.close()
  })

  test('tells hosts their own address where that is asked for', async () => {
    const [a] = await backends('a')
    const dispatcher = createBalancedDispatcher({ hosts: [a.address], hostHeader: 'address' })
    await text(dispatcher)
    expect(a.seen[0]?.host).toBe(a.address)
    await dispatcher.close()
  })

  test.each<[string, Policy | undefined, (shares: number) => void]>([
    ['least request draws evenly', undefined, (off) => expect(off).toBeLessThan(chiSquareBound(2))],
    [
      'a policy that favours a host is seen to',
      (set) => ({
        pick: ({ random }) => set.hosts.hostAt(random() < 0.5 ? 0 : Math.floor(random() * 3)),
        update: () => undefined,
      }),
      (off) => expect(off).toBeGreaterThan(chiSquareBound(2)),
    ],
  ])('%s', async (_, policy, check) => {
    const hosts = await backends('a', 'b', 'c')
    const dispatcher = createBalancedDispatcher({
      hosts: addressesOf(hosts),
      ...(policy && { policy }),
      random: seededRandom(1),
    })
    for (let i = 0; i < 600; i++) await text(dispatcher)
    check(
      chiSquare(
        hosts.map(({ seen }) => seen.length),
        [200, 200, 200],
      ),
    )
    await dispatcher.close()
  })

  test('gives hosts turns by their weights', async () => {
    const hosts = await backends('a', 'b', 'c')
    const weighted = addressesOf(hosts).map((address, i) => ({ address, weight: i + 1 }))
    const dispatcher = createBalancedDispatcher({ hosts: weighted, policy: roundRobin })
    await many(60, 4, () => text(dispatcher))
    expect(hosts.map(({ seen }) => seen.length)).toEqual([10, 20, 30])
    await dispatcher.close()
  })

  test('goes where a ring of the same hosts sends the key', async () => {
    const hosts = await backends('a', 'b', 'c')
    const dispatcher = createBalancedDispatcher({
      hosts: addressesOf(hosts),
      policy: ringHash,
      choose: ({ header }) => ({ hashKey: header('x-user') }),
    })
    const entries = hosts.map(({ address, name }) => ({ host: { address, name } }))
    const ring = ringHash(hostSet([{ hosts: entries }]))
    const users = Array.from({ length: 100 }, (_, i) => `user ${i}`)
    const random = seededRandom(2)
    for (const user of users) {
      const expected = ring.pick({ random, hash: hashOfKey(user) })?.name
      expect(await text(dispatcher, { 'X-User': user })).toBe(expected)
    }
    expect(hosts.filter(({ seen }) => seen.length > 0)).toHaveLength(3)
    await dispatcher.close()
  })

  test('keeps away from a host that hangs, by the requests in flight to it', async () => {
    const [slow, quick] = await backends('slow', 'quick')
    const dispatcher = createBalancedDispatcher({
      hosts: addressesOf([slow, quick]),
      policy: (hosts) => leastRequest(hosts, { selectionMethod: 'full-scan' }),
      random: () => 0.5,
    })
    const waiting: (() => void)[] = []
    slow.answer((_, response) => waiting.push(() => response.end('slow')))
    const hanging: Promise<string>[] = []
    while (waiting.length === 0) {
      hanging.push(text(dispatcher))
      await until(() => waiting.length > 0 || quick.seen.length === hanging.length)
    }
    expect(await many(20, 1, () => text(dispatcher))).toEqual(Array(20).fill('quick'))
    expect(dispatcher.cluster.hosts.map(({ activeRequests }) => activeRequests)).toEqual([1, 0])
    for (const answer of waiting) answer()
    await Promise.all(hanging)
    expect(dispatcher.cluster.hosts.map(({ activeRequests }) => activeRequests)).toEqual([0, 0])
    await dispatcher.close()
  })
})

describe('a host that fails', () => {
  const options = (hosts: readonly string[], clock: ManualClock): BalancedDispatcherOptions => ({
    hosts,
    outlierDetection: { consecutive5xx: 3, maxEjectionPercent: 50 },
    now: () => clock.now(),
    random: seededRandom(4),
  })

  test('is ejected while clients that retry see no error, and let back in later', async () => {
    const [bad, ...good] = await backends('bad', 'b', 'c')
    const clock = new ManualClock()
    const dispatcher = createBalancedDispatcher(options(addressesOf([bad, ...good]), clock))
    const events: string[] = []
    dispatcher.cluster.subscribe(({ action, host }) => events.push(`${action} ${host.address}`))
    bad.answer((_, response) => response.writeHead(503).end())

    const client = dispatcher.compose(retry())
    const statuses = await many(300, 10, () => status(client))
    expect(statuses.filter((it) => it !== 200)).toEqual([])
    expect(statuses).toHaveLength(300)
    expect(events).toEqual([`eject ${bad.address}`])
    // Three in a row, and those that were on their way.
    expect(bad.seen.length).toBeLessThan(3 + 10)
    expect(bad.seen.length).toBeGreaterThanOrEqual(3)

    bad.answer((_, response) => response.end())
    const before = bad.seen.length
    clock.advance(40_000)
    expect(await many(60, 1, () => status(client))).toEqual(Array(60).fill(200))
    expect(events).toEqual([`eject ${bad.address}`, `uneject ${bad.address}`])
    expect(bad.seen.length).toBeGreaterThan(before)
    await dispatcher.close()
  })

  test('without ejection goes on failing: what is ejected is the cause', async () => {
    const [bad, ...good] = await backends('bad', 'b', 'c')
    bad.answer((_, response) => response.writeHead(503).end())
    const dispatcher = createBalancedDispatcher({ hosts: addressesOf([bad, ...good]) })
    const statuses = await many(300, 10, () => status(dispatcher))
    expect(statuses.filter((it) => it === 503).length).toBeGreaterThan(30)
    await dispatcher.close()
  })

  test('is ejected too if nobody listens there', async () => {
    const [dead, ...alive] = await backends('dead', 'b', 'c')
    await dead.close()
    const clock = new ManualClock()
    const dispatcher = createBalancedDispatcher(options(addressesOf([dead, ...alive]), clock))
    const statuses = await many(300, 10, () => status(dispatcher.compose(retry())))
    expect(statuses.filter((it) => it !== 200)).toEqual([])
    expect(dispatcher.cluster.hosts.map(({ isEjected }) => isEjected)).toEqual([true, false, false])
    await dispatcher.close()
  })

  test('is ejected if it breaks off its answers', async () => {
    const [bad, ...good] = await backends('bad', 'b', 'c')
    bad.answer((incoming) => incoming.socket.destroy())
    const clock = new ManualClock()
    const dispatcher = createBalancedDispatcher(options(addressesOf([bad, ...good]), clock))
    const statuses = await many(300, 10, () => status(dispatcher.compose(retry())))
    expect(statuses.filter((it) => it !== 200)).toEqual([])
    expect(dispatcher.cluster.hosts[0]?.isEjected).toBe(true)
    await dispatcher.close()
  })

  test('is ejected if it gives no answer in time', async () => {
    const [bad, ...good] = await backends('bad', 'b', 'c')
    bad.answer(() => undefined)
    const dispatcher = createBalancedDispatcher({
      ...options(addressesOf([bad, ...good]), new ManualClock()),
      agent: { headersTimeout: 50 },
    })
    const client = dispatcher.compose(retry(['UND_ERR_HEADERS_TIMEOUT']))
    const statuses = await many(40, 20, () => status(client))
    expect(statuses.filter((it) => it !== 200)).toEqual([])
    expect(dispatcher.cluster.hosts[0]?.isEjected).toBe(true)
    await dispatcher.close()
  })

  test('is not where a retry goes', async () => {
    const [bad, good] = await backends('bad', 'good')
    bad.answer((_, response) => response.writeHead(503).end())
    const dispatcher = createBalancedDispatcher({
      hosts: addressesOf([bad, good]),
      policy: roundRobin,
    })
    const once = interceptors.retry({ maxRetries: 1, minTimeout: 1, maxTimeout: 1 })
    // In turns that two lines mix up a blind retry would often come to the same host again.
    const statuses = await many(100, 7, () => status(dispatcher.compose(once)))
    expect(statuses.filter((it) => it !== 200)).toEqual([])
    expect(bad.seen.length).toBeGreaterThan(30)
    await dispatcher.close()
  })

  test('is not blamed for what the caller does', async () => {
    const [a, ...others] = await backends('a', 'b', 'c')
    for (const it of [a, ...others]) it.answer(() => undefined)
    const dispatcher = createBalancedDispatcher(
      options(addressesOf([a, ...others]), new ManualClock()),
    )
    for (let i = 0; i < 30; i++) {
      const controller = new AbortController()
      const { signal } = controller
      const sent = request('http://reviews/', { dispatcher, signal })
      await until(() => [a, ...others].flatMap(({ seen }) => seen).length > i)
      controller.abort()
      await expect(sent).rejects.toThrow('aborted')
    }
    for (let i = 0; i < 30; i++) {
      const broken = Object.assign(new Error('reset by client'), { code: 'ECONNRESET' })
      const body = new Readable({ read: () => body.destroy(broken) })
      const sent = request('http://reviews/', { dispatcher, method: 'POST', body })
      await expect(sent).rejects.toThrow('reset by client')
    }
    expect(dispatcher.cluster.hosts.map(({ isEjected }) => isEjected)).toEqual([
      false,
      false,
      false,
    ])
    const active = dispatcher.cluster.hosts.map(({ activeRequests }) => activeRequests)
    expect(active).toEqual([0, 0, 0])
    await dispatcher.destroy()
  })
})

describe('an update of hosts', () => {
  test('lets what is on its way finish, and sends nothing more there', async () => {
    const [leaving, staying] = await backends('leaving', 'staying')
    const dispatcher = createBalancedDispatcher({ hosts: [leaving.address] })
    const waiting: (() => void)[] = []
    leaving.answer((_, response) => waiting.push(() => response.end('leaving')))
    const onTheirWay = Array.from({ length: 20 }, () => text(dispatcher))
    await until(() => waiting.length === 20)

    dispatcher.update([staying.address])
    expect(await many(20, 5, () => text(dispatcher))).toEqual(Array(20).fill('staying'))
    for (const answer of waiting) answer()
    expect(await Promise.all(onTheirWay)).toEqual(Array(20).fill('leaving'))
    await until(() => leaving.connections === 0)
    expect(leaving.seen).toHaveLength(20)
    await dispatcher.close()
  })

  test('made all the time under load costs no request', async () => {
    const all = await backends('a', 'b', 'c', 'd')
    const random = seededRandom(5)
    const dispatcher = createBalancedDispatcher({ hosts: addressesOf(all) })
    let updates = 0
    const answers = await many(500, 10, () => {
      const some = addressesOf(all).filter(() => random() < 0.5)
      updates += 1
      dispatcher.update(some.length > 0 ? some : addressesOf(all))
      return text(dispatcher)
    })
    expect(answers.filter((it) => !'abcd'.includes(it))).toEqual([])
    expect([answers.length, updates]).toEqual([500, 500])
    await dispatcher.close()
    await until(() => all.every(({ connections }) => connections === 0))
  })

  test('that makes no sense changes nothing', async () => {
    const [a] = await backends('a')
    const dispatcher = createBalancedDispatcher({ hosts: [a.address] })
    const zero = [{ address: '127.0.0.1:1', weight: 0 }]
    expect(() => dispatcher.update(zero)).toThrow('weight of a host')
    expect(() => dispatcher.update(['nowhere'])).toThrow('ERR_LB_ADAPTERS_HOST')
    expect(await text(dispatcher)).toBe('a')
    await dispatcher.close()
  })
})

describe('what cannot be sent', () => {
  test('is refused with a code: no host, or too many in flight', async () => {
    const [a] = await backends('a')
    const none = createBalancedDispatcher({ hosts: [] })
    await expect(text(none)).rejects.toMatchObject({ code: 'ERR_LB_ADAPTERS_NO_HOST' })
    const waiting: (() => void)[] = []
    a.answer((_, response) => waiting.push(() => response.end('a')))
    const two = createBalancedDispatcher({ hosts: [a.address], maxRequests: 2 })
    const admitted = [text(two), text(two)]
    await expect(text(two)).rejects.toMatchObject({ code: 'ERR_LB_ADAPTERS_OVERFLOW' })
    await until(() => waiting.length === 2)
    for (const answer of waiting.splice(0)) answer()
    expect(await Promise.all(admitted)).toEqual(['a', 'a'])
    const third = text(two)
    await until(() => waiting.length === 1)
    waiting[0]?.()
    expect(await third).toBe('a')
    await Promise.all([none.close(), two.close()])
  })

  test('is what comes after close; what came before is finished', async () => {
    const [a] = await backends('a')
    const dispatcher = createBalancedDispatcher({ hosts: [a.address] })
    const waiting: (() => void)[] = []
    a.answer((_, response) => waiting.push(() => response.end('a')))
    const before = text(dispatcher)
    await until(() => waiting.length === 1)
    const closing = dispatcher.compose(retry()).close()
    await expect(text(dispatcher)).rejects.toMatchObject({ code: 'UND_ERR_CLOSED' })
    waiting[0]?.()
    expect(await before).toBe('a')
    await closing
    await until(() => a.connections === 0)
  })

  test('is everything once it is destroyed', async () => {
    const [a] = await backends('a')
    a.answer(() => undefined)
    const dispatcher = createBalancedDispatcher({ hosts: [a.address] })
    const hanging = text(dispatcher)
    await until(() => a.seen.length === 1)
    await Promise.all([
      expect(hanging).rejects.toMatchObject({ code: 'UND_ERR_DESTROYED' }),
      dispatcher.destroy(),
    ])
    await expect(text(dispatcher)).rejects.toMatchObject({ code: 'UND_ERR_DESTROYED' })
    await until(() => a.connections === 0)
    expect(dispatcher.cluster.hosts[0]?.activeRequests).toBe(0)
  })
})

test('an upgraded connection is in flight until it is closed', async () => {
  const [a] = await backends('a')
  a.onUpgrade((socket) =>
    socket.write('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n'),
  )
  const dispatcher = createBalancedDispatcher({ hosts: [a.address] })
  const { socket } = await upgrade('http://reviews/', { dispatcher, protocol: 'echo' })
  const active = (): number | undefined => dispatcher.cluster.hosts[0]?.activeRequests
  expect(active()).toBe(1)
  socket.destroy()
  await until(() => active() === 0)
  await dispatcher.close()
})

test.each<[string, Dispatcher.DispatchOptions['headers']]>([
  ['an object', { 'X-User': 'user 1' }],
  ['an object of lists', { 'x-user': ['user 1', 'user 2'] }],
  ['a flat list', ['Accept', '*/*', 'X-User', 'user 1']],
  ['pairs', new Map([['X-USER', 'user 1']])],
])('headers may be %s', async (_, headers) => {
  const [a] = await backends('a')
  const keys: (string | undefined)[] = []
  const dispatcher = createBalancedDispatcher({
    hosts: [a.address],
    choose({ method, path, header }) {
      keys.push(method, path, header('x-user'), header('x-other'))
      return {}
    },
  })
  const { body } = await request('http://reviews/path?a=b', {
    dispatcher,
    headers: headers ?? null,
  })
  await body.dump()
  expect(keys).toEqual(['GET', '/path?a=b', 'user 1', undefined])
  expect(a.seen).toEqual([{ host: 'reviews', url: '/path?a=b' }])
  await dispatcher.close()
})

test('a host header of the caller is kept', async () => {
  const [a] = await backends('a')
  const dispatcher = createBalancedDispatcher({ hosts: [a.address] })
  await text(dispatcher, { Host: 'ratings' })
  expect(a.seen[0]?.host).toBe('ratings')
  await dispatcher.close()
})

test('TLS is spoken where the URL says so, and the certificate is checked against its name', async () => {
  const a = await tlsBackend('a')
  const ca = pem('cert')
  const dispatcher = createBalancedDispatcher({ hosts: [a.address], agent: { connect: { ca } } })
  const { body } = await request('https://reviews.test/', { dispatcher })
  expect(await body.text()).toBe('a')
  await expect(request('https://ratings.test/', { dispatcher })).rejects.toMatchObject({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  })
  await dispatcher.close()
  await a.close()
})

test('nothing that keeps a process alive is left after close', async () => {
  const sockets = (): string[] =>
    process.getActiveResourcesInfo().filter((it) => /^(TCP|TLS|Timeout)/.test(it))
  const before = sockets()
  const hosts = await backends('a', 'b', 'c')
  const dispatcher = createBalancedDispatcher({
    hosts: addressesOf(hosts),
    outlierDetection: { maxEjectionPercent: 50 },
  })
  await many(50, 10, () => text(dispatcher))
  expect(sockets().length).toBeGreaterThan(before.length)
  await dispatcher.close()
  for (const it of hosts) await it.close()
  await until(() => sockets().length <= before.length)
})
