import { connect } from 'node:net'
import { ManualClock } from '@meshwright/testkit'
import { afterEach, describe, expect, test } from 'vitest'
import { compileCluster } from '../src/cluster/compile-cluster.ts'
import { createProxy, type MeshProxy, type ProxyOptions, viewOf } from '../src/index.ts'
import { cluster, endpoint, listener, saying, tcpProxy, tls } from './resources.ts'
import { echo, exchange, serve } from './sockets.ts'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function started(options: ProxyOptions = {}): MeshProxy {
  const proxy = createProxy(options)
  closing.push(() => proxy.close())
  return proxy
}

async function saysIts(name: string): Promise<number> {
  const server = await serve((socket) => socket.end(name))
  closing.push(server.close)
  return server.port
}

const into = [listener('in', [tcpProxy('c')])]
const ask = (proxy: MeshProxy): Promise<string> =>
  exchange(proxy.listeners.get('in')?.port ?? 0, '')

describe('a cluster found by DNS', () => {
  const dns = (type: 'STRICT_DNS' | 'LOGICAL_DNS', port: number): ReturnType<typeof cluster> =>
    cluster('c', [], {
      type,
      dnsRefreshRate: '5s',
      loadAssignment: { endpoints: [{ lbEndpoints: [endpoint('backend.test', port)] }] },
    })

  test('keeps the last addresses when a name stops resolving, and follows when it moves', async () => {
    const port = await saysIts('there')
    const time = new ManualClock()
    let answer: () => Promise<string[]> = async () => ['127.0.0.1', '127.0.0.2']
    const asked: string[] = []
    const proxy = started({
      timers: time,
      clock: time,
      resolver: (hostname, family) => {
        asked.push(`${hostname} ${family}`)
        return answer()
      },
    })
    const addresses = (): string[] | undefined => proxy.clusters[0]?.hosts.map((it) => it.address)
    await proxy.apply(viewOf({ listeners: into, clusters: [dns('STRICT_DNS', port)] }))
    expect(addresses()).toEqual([`127.0.0.1:${port}`, `127.0.0.2:${port}`])

    answer = () => Promise.reject(new Error('SERVFAIL'))
    time.advance(5000)
    await settled()
    expect(asked).toEqual(['backend.test any', 'backend.test any'])
    expect(addresses()).toEqual([`127.0.0.1:${port}`, `127.0.0.2:${port}`])

    answer = async () => ['127.0.0.1']
    time.advance(5000)
    await settled()
    expect(addresses()).toEqual([`127.0.0.1:${port}`])
    expect(await ask(proxy)).toBe('there')
  })

  test('uses one address at a time when it is logical', async () => {
    const proxy = started({ resolver: async () => ['127.0.0.2', '127.0.0.1'] })

    await proxy.apply(viewOf({ clusters: [dns('LOGICAL_DNS', 80)] }))

    expect(proxy.clusters[0]?.hosts).toMatchObject([
      { address: '127.0.0.1:80', hostname: 'backend.test' },
    ])
  })

  test('goes on with the addresses it had when its configuration changes', async () => {
    const port = await saysIts('there')
    const time = new ManualClock()
    let answer: () => Promise<string[]> = async () => ['127.0.0.1']
    const proxy = started({ timers: time, clock: time, resolver: () => answer() })
    const before = dns('STRICT_DNS', port)
    await proxy.apply(viewOf({ listeners: into, clusters: [before] }))

    answer = () => new Promise(() => undefined)
    const applied = proxy.apply(
      viewOf({ listeners: into, clusters: [{ ...before, connectTimeout: '2s' }] }),
    )

    expect(await ask(proxy)).toBe('there')
    time.advance(5000)
    await applied
  })

  test('stops asking once it is gone', async () => {
    const time = new ManualClock()
    const proxy = started({ timers: time, clock: time, resolver: async () => ['127.0.0.1'] })
    await proxy.apply(viewOf({ clusters: [dns('STRICT_DNS', 80)] }))
    expect(time.pending).toBe(1)

    await proxy.apply(viewOf({}))

    expect(time.pending).toBe(0)
  })
})

describe('a cluster of ORIGINAL_DST', () => {
  const passthrough = cluster('c', [], { type: 'ORIGINAL_DST', lbPolicy: 'CLUSTER_PROVIDED' })
  const capture = listener('capture', [tcpProxy('c')], { useOriginalDst: true })

  test('goes where the captured connection was going', async () => {
    const port = await saysIts('original')
    const proxy = started({ originalDestination: () => `127.0.0.1:${port}` })

    await proxy.apply(viewOf({ listeners: [capture], clusters: [passthrough] }))

    expect(await exchange(proxy.listeners.get('capture')?.port ?? 0, '')).toBe('original')
  })

  test('has no host for a connection that was not captured', async () => {
    const proxy = started()

    await proxy.apply(viewOf({ listeners: [capture], clusters: [passthrough] }))

    expect(await exchange(proxy.listeners.get('capture')?.port ?? 0, '')).toBe('')
    expect(proxy.stats.counter('cluster.c.upstream_cx_none_healthy').value).toBe(1)
  })
})

test('captured connections go to the listener of their address, then of their port, then stay', async () => {
  let destination = ''
  const proxy = started({ originalDestination: () => destination })
  const unbound = (name: string, address: string, portValue: number): object =>
    listener(name, [saying(name)], {
      bindToPort: false,
      address: { socketAddress: { address, portValue } },
    })
  await proxy.apply(
    viewOf({
      listeners: [
        listener('capture', [saying('capture')], { useOriginalDst: true }),
        unbound('exact', '10.0.0.1', 80),
        unbound('wildcard', '0.0.0.0', 80),
      ],
    }),
  )
  const port = proxy.listeners.get('capture')?.port ?? 0
  const heardBy = (to: string): Promise<string> => {
    destination = to
    return exchange(port, '')
  }

  expect(await heardBy('10.0.0.1:80')).toBe('exact')
  expect(await heardBy('10.0.0.2:80')).toBe('wildcard')
  expect(await heardBy('10.0.0.1:81')).toBe('capture')
  expect(proxy.listeners.size).toBe(1)
})

describe('endpoints', () => {
  test('come and go without a change of their cluster', async () => {
    const [a, b] = [await saysIts('a'), await saysIts('b')]
    const clusters = [cluster('c', [], { type: 'EDS', edsClusterConfig: { serviceName: 'svc' } })]
    const at = (port: number): object => ({
      clusterName: 'svc',
      endpoints: [{ lbEndpoints: [endpoint('127.0.0.1', port)] }],
    })
    const proxy = started()

    await proxy.apply(viewOf({ listeners: into, clusters }))
    expect(await ask(proxy)).toBe('')
    await proxy.apply(viewOf({ listeners: into, clusters, endpoints: [at(a)] }))
    expect(await ask(proxy)).toBe('a')
    await proxy.apply(viewOf({ listeners: into, clusters, endpoints: [at(b)] }))
    expect(await ask(proxy)).toBe('b')
  })

  test('that are unhealthy are passed over', async () => {
    const [sick, well] = [await saysIts('sick'), await saysIts('well')]
    const lbEndpoints = [
      { ...endpoint('127.0.0.1', sick), healthStatus: 'UNHEALTHY' },
      endpoint('127.0.0.1', well),
    ]
    const proxy = started()

    await proxy.apply(
      viewOf({
        listeners: into,
        clusters: [cluster('c', [], { loadAssignment: { endpoints: [{ lbEndpoints }] } })],
      }),
    )
    const heard = new Set<string>()
    for (let i = 0; i < 10; i++) heard.add(await ask(proxy))

    expect(heard).toEqual(new Set(['well']))
  })

  test('of a lower priority wait for the higher one to fail', async () => {
    const [first, second] = [await saysIts('first'), await saysIts('second')]
    const clusterWith = (healthStatus: string): object =>
      cluster('c', [], {
        loadAssignment: {
          endpoints: [
            { priority: 0, lbEndpoints: [{ ...endpoint('127.0.0.1', first), healthStatus }] },
            { priority: 1, lbEndpoints: [endpoint('127.0.0.1', second)] },
          ],
        } as object,
      })
    const proxy = started()

    await proxy.apply(viewOf({ listeners: into, clusters: [clusterWith('HEALTHY')] }))
    expect(await ask(proxy)).toBe('first')
    await proxy.apply(viewOf({ listeners: into, clusters: [clusterWith('UNHEALTHY')] }))
    expect(await ask(proxy)).toBe('second')
  })
})

test('the statistics of a cluster go with it', async () => {
  const proxy = started()
  const names = (): string[] => proxy.stats.list().map((it) => it.name)
  await proxy.apply(viewOf({ clusters: [cluster('gone', [1]), cluster('stays', [1])] }))
  expect(names()).toContain('cluster.gone.membership_total')

  await proxy.apply(viewOf({ clusters: [cluster('stays', [2])] }))

  expect(names().filter((it) => it.startsWith('cluster.gone.'))).toEqual([])
  expect(names()).toContain('cluster.stays.membership_total')
})

test('the statistics of a cluster stay when one goes whose name is the beginning of its own', async () => {
  const proxy = started()
  const names = (): string[] => proxy.stats.list().map((it) => it.name)
  await proxy.apply(viewOf({ clusters: [cluster('shop', [1]), cluster('shop.default', [1])] }))

  await proxy.apply(viewOf({ clusters: [cluster('shop.default', [1])] }))

  expect(names()).not.toContain('cluster.shop.membership_total')
  expect(names()).toContain('cluster.shop.default.membership_total')
  expect(names()).toContain('cluster.shop.default.circuit_breakers.default.cx_open')
})

test('buffers no more per connection than the cluster allows', async () => {
  const { port, close } = await serve((socket) => socket.resume())
  closing.push(close)
  const transportSocket = tls('Upstream', {})
  for (const more of [{}, { transportSocket }]) {
    const json = cluster('c', [port], { perConnectionBufferLimitBytes: 2000, ...more })
    const connector = compileCluster(json).choose({ metadata: {} })
    const socket = connector.connect({ kind: 'tcp', host: '127.0.0.1', port }, 'http1')
    socket.on('error', () => undefined)
    expect(socket.writableHighWaterMark).toBe(2000)
    socket.destroy()
  }
})

test('connects from the address that the cluster binds', async () => {
  const server = await serve((socket) => socket.end(String(socket.remoteAddress)))
  closing.push(server.close)
  const upstreamBindConfig = { sourceAddress: { address: '127.0.0.6', portValue: 0 } }
  const proxy = started()

  await proxy.apply(
    viewOf({ listeners: into, clusters: [cluster('c', [server.port], { upstreamBindConfig })] }),
  )

  expect(await ask(proxy)).toBe('127.0.0.6')
})

describe('draining', () => {
  test('waits for connections and ends them when its time is up', async () => {
    const server = await serve(echo)
    closing.push(server.close)
    const proxy = started()
    await proxy.apply(viewOf({ listeners: into, clusters: [cluster('c', [server.port])] }))
    const port = proxy.listeners.get('in')?.port ?? 0
    const open = exchangeHeld(port)
    await open.connected

    const drained = proxy.drain({ boundMs: 50 })

    expect(await exchange(port, '')).toBe('')
    await drained
    expect(await open.closed).toBe('closed')
    expect(proxy.listeners.size).toBe(0)
  })
})

/** A connection that says something and stays. */
function exchangeHeld(port: number): { connected: Promise<void>; closed: Promise<string> } {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  return {
    connected: new Promise((resolve) => {
      socket.once('data', () => resolve())
      socket.write('hold')
    }),
    closed: new Promise((resolve) => socket.once('close', () => resolve('closed'))),
  }
}

/** Lets promises that are ready run. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

test('an overprovisioning factor below 100 percent is refused', async () => {
  const typeUrl = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment'
  const bad = { clusterName: 'c', policy: { overprovisioningFactor: 99 } }
  const proxy = started()

  expect(proxy.check(typeUrl, bad)).toMatch(/overprovisioningFactor/)
  const view = viewOf({ clusters: [cluster('c', [], { type: 'EDS' })], endpoints: [bad] })
  await expect(proxy.apply(view)).rejects.toMatchObject({ name: 'ProxyError' })
})

test('a panic threshold that is no whole percentage is rounded, as Envoy does', async () => {
  const port = await saysIts('there')
  const proxy = started()
  const commonLbConfig = { healthyPanicThreshold: { value: 1.5 } }

  await proxy.apply(
    viewOf({ listeners: into, clusters: [cluster('c', [port], { commonLbConfig })] }),
  )

  expect(await ask(proxy)).toBe('there')
})

test('an extension without a type is refused by its place', async () => {
  const typeUrl = 'type.googleapis.com/envoy.config.cluster.v3.Cluster'
  const empty = {} as { '@type': string }
  const bad = cluster('c', [], { typedExtensionProtocolOptions: { http: empty } })
  const proxy = started()

  expect(proxy.check(typeUrl, bad)).toMatch(/"http" is not supported/)
  await expect(proxy.apply(viewOf({ clusters: [bad] }))).rejects.toMatchObject({
    name: 'ProxyError',
  })
})

describe('sizes that no ring or table can have', () => {
  test.each([
    { lbPolicy: 'RING_HASH', ringHashLbConfig: { minimumRingSize: 100, maximumRingSize: 10 } },
    { lbPolicy: 'MAGLEV', maglevLbConfig: { tableSize: 65_536 } },
  ])('are refused: %j', (more) => {
    expect(() => compileCluster(cluster('c', [1], more as object))).toThrow('lb_policy')
  })
})

describe('what is not known', () => {
  const of = (name: string): string => `type.googleapis.com/envoy.config.${name}`
  const rbac = {
    name: 'envoy.filters.network.rbac',
    typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.filters.network.rbac.v3.RBAC' },
  }
  const metadataExchange = {
    name: 'istio.metadata_exchange',
    typedConfig: {
      '@type': 'type.googleapis.com/udpa.type.v1.TypedStruct',
      typeUrl: 'type.googleapis.com/envoy.tcp.metadataexchange.config.MetadataExchange',
      value: { protocol: 'istio-peer-exchange' },
    },
  }
  const cases: [string, string, object, RegExp | undefined][] = [
    [
      'a network filter',
      of('listener.v3.Listener'),
      listener('l', [rbac, tcpProxy('c')]),
      /network\.rbac/,
    ],
    [
      'a listener filter',
      of('listener.v3.Listener'),
      listener('l', [saying('')], {
        listenerFilters: [{ name: 'odd', typedConfig: rbac.typedConfig }],
      }),
      /"odd"/,
    ],
    [
      'a transport socket',
      of('listener.v3.Listener'),
      listener('l', [], {
        filterChains: [
          {
            filters: [saying('')],
            transportSocket: { name: 'alts', typedConfig: rbac.typedConfig },
          },
        ],
      }),
      /"alts"/,
    ],
    [
      'two chains that match the same',
      of('listener.v3.Listener'),
      listener('l', [], { filterChains: [{ filters: [saying('a')] }, { filters: [saying('b')] }] }),
      /same match/,
    ],
    [
      'a cluster type',
      of('cluster.v3.Cluster'),
      { name: 'c', clusterType: { name: 'envoy.clusters.aggregate' } },
      /cluster_?[tT]ype/,
    ],
    [
      'a balancing policy',
      of('cluster.v3.Cluster'),
      { name: 'c', loadBalancingPolicy: { policies: [] } },
      /load_balancing_policy/,
    ],
    [
      "Istio's metadata exchange",
      of('listener.v3.Listener'),
      listener('l', [metadataExchange, tcpProxy('c')]),
      undefined,
    ],
    ['a sound cluster', of('cluster.v3.Cluster'), cluster('c', [1]), undefined],
  ]

  test.each(cases)('%s', (_, typeUrl, resource, reason) => {
    const found = started().check(typeUrl, resource)

    if (reason === undefined) expect(found).toBeUndefined()
    else expect(found).toMatch(reason)
  })
})
