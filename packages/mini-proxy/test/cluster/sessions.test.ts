// Clients that bring the host which serves them, in a cookie or a header, get to it.
import { expect, test } from 'vitest'
import { Balanced, cluster, endpoint, policy } from './balanced.ts'

const prefix = 'type.googleapis.com/envoy.extensions'

function session(kind: 'cookie' | 'header', state: object, more: object = {}): object[] {
  const type = `${kind === 'cookie' ? 'CookieBased' : 'HeaderBased'}SessionState`
  const typedConfig = { '@type': `${prefix}.http.stateful_session.${kind}.v3.${type}`, ...state }
  return [
    {
      name: 'session',
      typedConfig: {
        '@type': `${prefix}.filters.http.stateful_session.v3.StatefulSession`,
        sessionState: { name: kind, typedConfig },
        ...more,
      },
    },
  ]
}

test('a client with a cookie stays with its host, and gets another when that is gone', async () => {
  await using on = new Balanced()
  const ports = await on.hosts(3)
  const filters = session('cookie', { cookie: { name: 'at', path: '/', ttl: '60s' } })
  let wallClock = 1_800_000_000_000
  const options = { filters, wallClock: (): number => wallClock }
  await on.apply([cluster('c', [{ lbEndpoints: ports.map((it) => endpoint(it)) }])], options)

  const first = await on.answer('/')
  const [cookie = ''] = first.headers.getSetCookie()
  expect(cookie).toMatch(/^at="[A-Za-z0-9+/=]+"; Max-Age=60; Path=\/; HttpOnly$/)
  const headers = { cookie: cookie.split(';')[0] ?? '' }
  const host = await first.text()
  for (let i = 0; i < 10; i++) {
    const again = await on.answer('/', headers)
    expect(again.headers.getSetCookie()).toEqual([])
    expect(await again.text()).toBe(host)
  }
  // A cookie whose time is over counts for nothing, and so does one that makes no sense.
  wallClock += 61_000
  expect(Object.keys(await on.tally(9, '/', () => headers))).toHaveLength(3)
  expect(Object.keys(await on.tally(9, '/', () => ({ cookie: 'at=%%' })))).toHaveLength(3)
  wallClock -= 61_000

  const left = ports.filter((_, i) => host !== 'abc'[i])
  await on.apply([cluster('c', [{ lbEndpoints: left.map((it) => endpoint(it)) }])], options)
  const moved = await on.answer('/', headers)
  expect(await moved.text()).not.toBe(host)
  expect(moved.headers.getSetCookie()).toHaveLength(1)
})

test('a session is for the paths of its cookie', async () => {
  await using on = new Balanced()
  const [a = 0] = await on.hosts(1)
  const filters = session('cookie', { cookie: { name: 'at', path: '/app' } })
  await on.apply([cluster('c', [{ lbEndpoints: [endpoint(a)] }])], { filters })
  const isGiven = async (path: string): Promise<boolean> =>
    (await on.answer(path)).headers.getSetCookie().length === 1
  expect(await isGiven('/app')).toBe(true)
  expect(await isGiven('/app/x')).toBe(true)
  expect(await isGiven('/app?x')).toBe(true)
  expect(await isGiven('/apple')).toBe(false)
  expect(await isGiven('/')).toBe(false)
})

test('sessions in a header; strictly, a host that is gone is no host at all', async () => {
  await using on = new Balanced()
  const ports = await on.hosts(3)
  const places = [{ lbEndpoints: ports.map((it) => endpoint(it)) }]
  const filters = session('header', { name: 'X-Host' }, { strict: true })
  await on.apply([cluster('c', places)], { filters })

  const first = await on.answer('/')
  const said = first.headers.get('x-host') ?? ''
  expect(Buffer.from(said, 'base64').toString()).toMatch(/^127\.0\.0\.1:\d+$/)
  const stays = await on.tally(9, '/', () => ({ 'x-host': said }))
  expect(stays).toEqual({ [`200 ${await first.text()}`]: 9 })

  const elsewhere = Buffer.from('127.0.0.1:1').toString('base64')
  const gone = await on.tally(3, '/', () => ({ 'x-host': elsewhere }))
  expect(gone).toEqual({ '503 no healthy upstream': 3 })
})

test('hosts of a status that override_host_status leaves out are not gone to', async () => {
  await using on = new Balanced()
  const [a = 0, b = 0] = await on.hosts(2)
  const lbEndpoints = [endpoint(a), endpoint(b, { healthStatus: 'DRAINING' })]
  const filters = session('header', { name: 'x-host' })
  const headers = { 'x-host': Buffer.from(`127.0.0.1:${b}`).toString('base64') }
  await on.apply([cluster('c', [{ lbEndpoints }])], { filters })
  expect(await on.tally(4, '/', () => headers)).toEqual({ '200 a': 4 })

  const overrideHostStatus = { statuses: ['HEALTHY' as const, 'DRAINING' as const] }
  await on.apply([cluster('c', [{ lbEndpoints }], { commonLbConfig: { overrideHostStatus } })], {
    filters,
  })
  expect(await on.tally(4, '/', () => headers)).toEqual({ '200 b': 4 })
})

test('the override_host policy goes along the list in a header, and else by its fallback', async () => {
  await using on = new Balanced()
  const ports = await on.hosts(3)
  const failing = await on.host('f', (_request, response) => response.writeHead(503).end('f'))
  const loadBalancingPolicy = policy('override_host.v3.OverrideHost', {
    overrideHostSources: [{ header: 'X-Endpoints' }],
    fallbackPolicy: policy('round_robin.v3.RoundRobin'),
  })
  const lbEndpoints = [failing, ...ports].map((it) => endpoint(it))
  await on.apply([cluster('c', [{ lbEndpoints }], { loadBalancingPolicy })], {
    route: { retryPolicy: { retryOn: '5xx', retryBackOff: { baseInterval: '0.001s' } } },
  })
  const at = (...list: number[]): Record<string, string> => ({
    'x-endpoints': list.map((it) => `127.0.0.1:${it}`).join(', '),
  })
  const [, b = 0] = ports
  expect(await on.tally(5, '/', () => at(b))).toEqual({ '200 b': 5 })
  // The first fails, and the retry goes to the second.
  expect(await on.tally(5, '/', () => at(failing, b))).toEqual({ '200 b': 5 })
  expect(Object.keys(await on.tally(12, '/', () => at(1)))).toHaveLength(3)
  expect(Object.keys(await on.tally(12))).toHaveLength(3)
})
