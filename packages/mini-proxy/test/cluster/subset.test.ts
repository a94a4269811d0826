// Requests go to the hosts whose metadata the route, or the cluster it chose by weight, asks for.
import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { expect, test } from 'vitest'
import { createProxy, viewOf } from '../../src/index.ts'
import { listener, tcpProxy } from '../resources.ts'
import { exchange, serve } from '../sockets.ts'
import { Balanced, cluster, endpoint, labels, policy } from './balanced.ts'

type Subsets = NonNullable<ClusterJson['lbSubsetConfig']>

/** A route for every path: what is asked for, as `key=value` pairs. */
function asking(paths: readonly string[]): object[] {
  return paths.map((path) => ({
    match: { path: `/${path}` },
    route: {
      cluster: 'c',
      ...(path !== '' && {
        metadataMatch: {
          filterMetadata: {
            'envoy.lb': Object.fromEntries(path.split(',').map((it) => it.split('='))),
          },
        },
      }),
    },
  }))
}

/** Hosts a (v1, blue), b (v1, green), c (v2, green), d (v3 and v4 as a list, red). */
async function started(
  on: Balanced,
  config: Subsets | undefined,
  more: Partial<ClusterJson> = {},
): Promise<void> {
  const [a = 0, b = 0, c = 0, d = 0] = await on.hosts(4)
  const lbEndpoints = [
    endpoint(a, labels({ version: 'v1', colour: 'blue' })),
    endpoint(b, labels({ version: 'v1', colour: 'green' })),
    endpoint(c, labels({ version: 'v2', colour: 'green' })),
    endpoint(d, labels({ version: ['v3', 'v4'], colour: 'red' })),
  ]
  const paths = ['', 'version=v1', 'version=v2', 'version=v4', 'version=v9', 'colour=red']
  const both = ['colour=green,version=v1', 'colour=red,version=v1', 'stage=test']
  await on.apply(
    [
      cluster('c', [{ lbEndpoints }], {
        ...(config && { lbSubsetConfig: config }),
        ...more,
      }),
    ],
    { routes: asking([...paths, ...both]) },
  )
}

/** Which hosts answer a path, of twelve requests. */
async function whoAnswers(on: Balanced, path: string): Promise<string[]> {
  return Object.keys(await on.tally(12, `/${path}`)).sort()
}

const none = ['503 no healthy upstream']
const everyone = ['200 a', '200 b', '200 c', '200 d']

test('a route goes to the hosts with its metadata, and to none where there are none', async () => {
  await using on = new Balanced()
  await started(on, { subsetSelectors: [{ keys: ['version'] }, { keys: ['version', 'colour'] }] })

  expect(await whoAnswers(on, 'version=v1')).toEqual(['200 a', '200 b'])
  expect(await whoAnswers(on, 'version=v2')).toEqual(['200 c'])
  expect(await whoAnswers(on, 'colour=green,version=v1')).toEqual(['200 b'])
  expect(await whoAnswers(on, 'colour=red,version=v1')).toEqual(none)
  expect(await whoAnswers(on, 'version=v9')).toEqual(none)
  expect(await whoAnswers(on, 'colour=red')).toEqual(none)
  expect(await whoAnswers(on, '')).toEqual(none)
})

test('the fallback is any host, or those of the default subset', async () => {
  await using any = new Balanced()
  await started(any, { fallbackPolicy: 'ANY_ENDPOINT', subsetSelectors: [{ keys: ['version'] }] })
  expect(await whoAnswers(any, 'version=v9')).toEqual(everyone)
  expect(await whoAnswers(any, 'stage=test')).toEqual(everyone)
  expect(await whoAnswers(any, '')).toEqual(everyone)
  expect(await whoAnswers(any, 'version=v2')).toEqual(['200 c'])

  await using some = new Balanced()
  await started(some, {
    fallbackPolicy: 'DEFAULT_SUBSET',
    defaultSubset: { colour: 'green' },
    subsetSelectors: [{ keys: ['version'] }],
  })
  expect(await whoAnswers(some, 'version=v9')).toEqual(['200 b', '200 c'])
  expect(await whoAnswers(some, '')).toEqual(['200 b', '200 c'])
})

test('a selector has a fallback of its own, which may be fewer of its keys', async () => {
  await using on = new Balanced()
  await started(on, {
    fallbackPolicy: 'ANY_ENDPOINT',
    subsetSelectors: [
      { keys: ['version'], fallbackPolicy: 'NO_FALLBACK' },
      {
        keys: ['version', 'colour'],
        fallbackPolicy: 'KEYS_SUBSET',
        fallbackKeysSubset: ['version'],
      },
    ],
  })
  expect(await whoAnswers(on, 'colour=red,version=v1')).toEqual(['200 a', '200 b'])
  expect(await whoAnswers(on, 'version=v9')).toEqual(none)
  expect(await whoAnswers(on, 'stage=test')).toEqual(everyone)
})

test('a list stands for each of its elements only if it may', async () => {
  await using on = new Balanced()
  await started(on, { listAsAny: true, subsetSelectors: [{ keys: ['version'] }] })
  expect(await whoAnswers(on, 'version=v4')).toEqual(['200 d'])

  await using off = new Balanced()
  await started(off, { subsetSelectors: [{ keys: ['version'] }] })
  expect(await whoAnswers(off, 'version=v4')).toEqual(none)
})

test('a subset may be of one host', async () => {
  await using on = new Balanced()
  await started(on, {
    subsetSelectors: [{ keys: ['version'], singleHostPerSubset: true }],
  })
  expect(await whoAnswers(on, 'version=v1')).toEqual(['200 a'])
})

test('the subset policy says the same, and what balances each subset', async () => {
  await using on = new Balanced()
  await started(on, undefined, {
    loadBalancingPolicy: policy('subset.v3.Subset', {
      allowRedundantKeys: true,
      subsetSelectors: [{ keys: ['version'] }],
      subsetLbPolicy: policy('random.v3.Random'),
    }),
  })
  expect(await whoAnswers(on, 'version=v2')).toEqual(['200 c'])
  expect(await whoAnswers(on, 'colour=green,version=v1')).toEqual(['200 a', '200 b'])
  expect(await whoAnswers(on, 'version=v9')).toEqual(none)
})

test('hosts that come later join their subsets, and what leaves is gone from them', async () => {
  await using on = new Balanced()
  const [a = 0, b = 0] = await on.hosts(2)
  const of = (...ports: number[]): ClusterJson =>
    cluster('c', [{ lbEndpoints: ports.map((it) => endpoint(it, labels({ version: 'v1' }))) }], {
      lbSubsetConfig: { subsetSelectors: [{ keys: ['version'] }] },
    })
  const routes = asking(['version=v1'])
  await on.apply([of(a)], { routes })
  expect(await whoAnswers(on, 'version=v1')).toEqual(['200 a'])
  await on.apply([of(a, b)], { routes })
  expect(await whoAnswers(on, 'version=v1')).toEqual(['200 a', '200 b'])
  await on.apply([of(b)], { routes })
  expect(await whoAnswers(on, 'version=v1')).toEqual(['200 b'])
})

test('TCP connections go to hosts with the metadata of the proxy, and of the weighted cluster', async () => {
  const [a, b, c] = await Promise.all(
    ['a', 'b', 'c'].map((name) => serve((socket) => socket.end(name))),
  )
  await using proxy = createProxy()
  const lbEndpoints = [
    endpoint(a?.port ?? 0, labels({ version: 'v1', stage: 'prod' })),
    endpoint(b?.port ?? 0, labels({ version: 'v2', stage: 'prod' })),
    endpoint(c?.port ?? 0, labels({ version: 'v2', stage: 'test' })),
  ]
  const lbSubsetConfig = {
    subsetSelectors: [{ keys: ['version'] }, { keys: ['version', 'stage'] }],
  }
  const match = (lb: object): object => ({ filterMetadata: { 'envoy.lb': lb } })
  await proxy.apply(
    viewOf({
      listeners: [
        listener('plain', [tcpProxy('c', { metadataMatch: match({ version: 'v1' }) })]),
        listener('weighted', [
          tcpProxy('', {
            cluster: undefined,
            metadataMatch: match({ version: 'v1', stage: 'test' }),
            weightedClusters: {
              clusters: [{ name: 'c', weight: 1, metadataMatch: match({ version: 'v2' }) }],
            },
          }),
        ]),
      ],
      clusters: [cluster('c', [{ lbEndpoints }], { lbSubsetConfig })],
    }),
  )
  const answers = async (name: string): Promise<string[]> => {
    const port = proxy.listeners.get(name)?.port ?? 0
    return Promise.all([1, 2, 3, 4].map(() => exchange(port, '')))
  }
  expect(await answers('plain')).toEqual(['a', 'a', 'a', 'a'])
  expect(await answers('weighted')).toEqual(['c', 'c', 'c', 'c'])
  for (const server of [a, b, c]) server?.close()
})
