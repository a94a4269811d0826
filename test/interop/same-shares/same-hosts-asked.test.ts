// Hosts that requests ask for, and those that retries go to: real Envoy and the mini-proxy understand each other's cookies, read the
// same lists and leave priorities in the same order.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answer, BothProxies, bootstrapOf, startHost } from './both-proxies.ts'

const both = ['envoy', 'ours'] as const
const type = (name: string, more: object = {}): object => ({
  '@type': `type.googleapis.com/envoy.extensions.${name}`,
  ...more,
})

/** What the failing hosts were asked, by the request. */
const asked = new Map<string, string[]>()
let proxies: BothProxies

beforeAll(async () => {
  const hosts = await Promise.all(Array.from({ length: 4 }, (_, i) => startHost(`host-${i}`)))
  const failing = await Promise.all(
    Array.from({ length: 3 }, (_, i) =>
      startHost(`failing-${i}`, (request, response) => {
        const id = String(request.headers['x-id'])
        asked.set(id, [...(asked.get(id) ?? []), `failing-${i}`])
        response.writeHead(503).end()
      }),
    ),
  )
  const at = (portValue: number, more: object = {}): object => ({
    endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue } } },
    ...more,
  })
  const cluster = (name: string, endpoints: object[], more: object = {}): object => ({
    name,
    type: 'STATIC',
    connectTimeout: '1s',
    loadAssignment: { clusterName: name, endpoints },
    ...more,
  })
  const policies = (name: string, more: object = {}): object => ({
    policies: [
      {
        typedExtensionConfig: {
          name,
          typedConfig: type(`load_balancing_policies.${name}`, more),
        },
      },
    ],
  })
  const four = [{ lbEndpoints: hosts.map(({ port }) => at(port)) }]
  const clusters = [
    cluster('four', four),
    cluster('draining', [
      {
        lbEndpoints: hosts.map(({ port }, i) =>
          at(port, i === 0 ? { healthStatus: 'DRAINING' } : {}),
        ),
      },
    ]),
    cluster('listed', [{ lbEndpoints: [...hosts, ...failing].map(({ port }) => at(port)) }], {
      loadBalancingPolicy: policies('override_host.v3.OverrideHost', {
        overrideHostSources: [{ header: 'x-endpoints' }],
        fallbackPolicy: policies('round_robin.v3.RoundRobin'),
      }),
    }),
    cluster(
      'priorities',
      failing.map(({ port }, priority) => ({ priority, lbEndpoints: [at(port)] })),
    ),
  ]
  const retried = (numRetries: number, updateFrequency?: number): object => ({
    retryOn: '5xx',
    numRetries,
    retryBackOff: { baseInterval: '0.001s' },
    ...(updateFrequency !== undefined && {
      retryPriority: {
        name: 'envoy.retry_priorities.previous_priorities',
        typedConfig: type('retry.priority.previous_priorities.v3.PreviousPrioritiesConfig', {
          updateFrequency,
        }),
      },
    }),
  })
  const routes = [
    { match: { prefix: '/session' }, route: { cluster: 'four' } },
    { match: { prefix: '/header' }, route: { cluster: 'four' }, ...ofRoute('header') },
    { match: { prefix: '/strict' }, route: { cluster: 'draining' }, ...ofRoute('strict') },
    { match: { prefix: '/listed' }, route: { cluster: 'listed', retryPolicy: retried(2) } },
    ...[1, 2, 3].map((frequency) => ({
      match: { path: `/priorities/${frequency}` },
      route: { cluster: 'priorities', retryPolicy: retried(7, frequency) },
    })),
  ]
  const filters = [
    {
      name: 'session',
      typedConfig: type('filters.http.stateful_session.v3.StatefulSession', {
        sessionState: {
          name: 'envoy.http.stateful_session.cookie',
          typedConfig: type('http.stateful_session.cookie.v3.CookieBasedSessionState', {
            cookie: { name: 'at', path: '/session', ttl: '120s' },
          }),
        },
      }),
    },
  ]
  proxies = await BothProxies.start(bootstrapOf(clusters, routes, { filters }), [
    ...hosts,
    ...failing,
  ])
})

afterAll(() => proxies?.[Symbol.asyncDispose]())

function ofRoute(kind: 'header' | 'strict'): object {
  const statefulSession = {
    strict: kind === 'strict',
    sessionState: {
      name: 'envoy.http.stateful_session.header',
      typedConfig: type('http.stateful_session.header.v3.HeaderBasedSessionState', {
        name: 'x-session',
      }),
    },
  }
  return {
    typedPerFilterConfig: {
      session: type('filters.http.stateful_session.v3.StatefulSessionPerRoute', {
        statefulSession,
      }),
    },
  }
}

test.each([
  ['envoy', 'ours'],
  ['ours', 'envoy'],
  ['ours', 'ours'],
  ['envoy', 'envoy'],
] as const)(
  'a cookie that %s gave leads to the same host through %s, which gives no other',
  async (giver, taker) => {
    for (let i = 0; i < 8; i++) {
      const first = await proxies.ask(giver, '/session/x')
      const [cookie = ''] = first.headers['set-cookie'] ?? []
      expect(cookie).toMatch(/^at="[^"]+"; Max-Age=120; Path=\/session; HttpOnly$/)
      const second = await proxies.ask(taker, '/session/y', { cookie: cookie.split(';')[0] ?? '' })
      expect(second.host).toBe(first.host)
      expect(second.headers['set-cookie']).toBeUndefined()
    }
  },
)

test.each(['/session', '/session/x', '/session?x', '/sessions', '/session%2f'])(
  'both give a cookie for %s, or neither does',
  async (path) => {
    const given = await Promise.all(
      both.map(async (it) => (await proxies.ask(it, path)).headers['set-cookie'] !== undefined),
    )
    expect(given[1]).toBe(given[0])
  },
)

test('sessions in a header lead to the same host, and say so alike', async () => {
  for (let i = 0; i < 8; i++) {
    const first = await proxies.ask('envoy', '/header')
    const session = String(first.headers['x-session'])
    for (const it of both) {
      const again = await proxies.ask(it, '/header', { 'x-session': session })
      expect([again.host, again.headers['x-session']]).toEqual([first.host, undefined])
    }
  }
})

test.each([
  ['a host that drains', 0],
  ['a host that serves', 1],
  ['a host that is not there', undefined],
  ['what is no host', 'nonsense'],
])('strictly, %s is answered alike', async (_, which) => {
  const first = async (): Promise<string> => {
    for (let i = 0; i < 100; i++) {
      const answer = await proxies.ask('envoy', '/header')
      if (answer.host === `host-${which}`) return String(answer.headers['x-session'])
    }
    throw new Error('the host does not come up')
  }
  const address = Buffer.from('127.0.0.1:1').toString('base64')
  const session = typeof which === 'number' ? await first() : (which ?? address)
  const [theirs, ours] = await Promise.all(
    both.map((it) => proxies.ask(it, '/strict', { 'x-session': session })),
  )
  expect(answered(ours)).toEqual(answered(theirs))
})

test.each([
  [['host-1']],
  [['failing-0', 'host-2']],
  [['failing-0', 'failing-1', 'host-3']],
  [['absent', 'host-0']],
  [['failing-0', 'failing-1', 'failing-2']],
])('the list %j is gone along alike', async (names) => {
  const addresses = await addressesOf(names)
  const results = await Promise.all(
    both.map(async (it) => {
      const id = `${it} ${names.join()}`
      const headers = { 'x-endpoints': addresses.join(','), 'x-id': id }
      const { status, host } = await proxies.ask(it, '/listed', headers)
      return { status, host, asked: asked.get(id) }
    }),
  )
  expect(results[1]).toEqual(results[0])
})

test.each([1, 2, 3])(
  'retries leave priorities after every %d tries, in the same order',
  async (frequency) => {
    const orders: (string[] | undefined)[] = []
    for (const it of both) {
      const id = `${it} priorities ${frequency}`
      await proxies.ask(it, `/priorities/${frequency}`, { 'x-id': id })
      orders.push(asked.get(id))
    }
    console.log(
      `after every ${frequency}: Envoy ${orders[0]?.join(' ')}; we ${orders[1]?.join(' ')}`,
    )
    expect(orders[0]).toHaveLength(8)
    expect(orders[1]).toEqual(orders[0])
  },
)

function answered(answer: Answer | undefined): object {
  return { status: answer?.status, host: answer?.host, body: answer?.body }
}

async function addressesOf(names: readonly string[]): Promise<string[]> {
  const known = new Map<string, string>([['absent', '127.0.0.1:1']])
  for (const line of (await proxies.envoy.admin('/clusters')).split('\n')) {
    const [, address] = /^listed::(127[^:]+:\d+)::cx_total/.exec(line) ?? []
    if (address !== undefined) known.set(await nameAt(address), address)
  }
  return names.map((name) => known.get(name) ?? '')
}

async function nameAt(address: string): Promise<string> {
  return String((await fetch(`http://${address}/`)).headers.get('x-host'))
}
