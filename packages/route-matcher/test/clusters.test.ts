import { describe, expect, test } from 'vitest'
import { compileRoutes, hashKeys, type RouteConfigurationJson } from '../src/index.ts'
import { clusterActionOf, get, tableOf } from './ask-route.ts'

describe('clusters', () => {
  const weighted = (weights: readonly number[]) =>
    tableOf([
      {
        match: { prefix: '/' },
        route: {
          weightedClusters: { clusters: weights.map((weight, i) => ({ name: `c${i}`, weight })) },
        },
      },
    ])

  test('each weighted cluster gets exactly its share of the draws', () => {
    const table = weighted([0, 90, 0, 10, 0])
    const counts = new Map<string | undefined, number>()
    for (let random = 0; random < 1000; random++) {
      const { cluster } = table.match(get('/'), { random }) ?? {}
      counts.set(cluster, (counts.get(cluster) ?? 0) + 1)
    }
    expect(Object.fromEntries(counts)).toEqual({ c1: 900, c3: 100 })
    expect(table.match(get('/'), { random: 89 })?.cluster).toBe('c1')
    expect(table.match(get('/'), { random: 90 })?.cluster).toBe('c3')
  })

  test('a header can stand in for the draw', () => {
    const table = tableOf([
      {
        match: { prefix: '/' },
        route: {
          weightedClusters: {
            headerName: 'X-Pick',
            clusters: [
              { name: 'a', weight: 1 },
              { name: 'b', weight: 1 },
            ],
          },
        },
      },
    ])
    expect(table.match(get('/', { headers: { 'x-pick': '18446744073709551615' } }))?.cluster).toBe(
      'b',
    )
    expect(table.match(get('/', { headers: { 'x-pick': '0' } }), { random: 1 })?.cluster).toBe('a')
    for (const text of ['+2', ' 2\t', `${'0'.repeat(30)}2`]) {
      const asked = get('/', { headers: { 'x-pick': text } })
      expect(table.match(asked, { random: 1 })?.cluster, text).toBe('a')
    }
    for (const text of ['x', '-2', '2.0', '\xa02', '18446744073709551616']) {
      const asked = get('/', { headers: { 'x-pick': text } })
      expect(table.match(asked, { random: 1 })?.cluster, text).toBe('b')
    }
  })

  test('a header can name the cluster, and a missing one names none', () => {
    const table = tableOf([{ match: { prefix: '/' }, route: { clusterHeader: 'X-Cluster' } }])
    expect(table.match(get('/', { headers: { 'x-cluster': 'c' } }))?.cluster).toBe('c')
    expect(table.match(get('/'))?.cluster).toBe('')
  })

  test('the table knows every cluster it may send to', () => {
    const table = tableOf([
      {
        match: { prefix: '/' },
        route: {
          weightedClusters: {
            clusters: [
              { name: 'a', weight: 1 },
              { name: 'b', weight: 1 },
            ],
          },
          requestMirrorPolicies: [{ cluster: 'm' }],
        },
      },
      { match: { prefix: '/' }, route: { cluster: 'a' } },
    ])
    expect([...table.clusters].sort()).toEqual(['a', 'b', 'm'])
  })

  test('endpoint metadata of a weighted cluster goes over that of its route', () => {
    const lb = (fields: object) => ({ filterMetadata: { 'envoy.lb': fields } })
    const action = clusterActionOf({
      metadataMatch: lb({ version: 'v1', stage: 'prod' }),
      weightedClusters: {
        clusters: [{ name: 'a', weight: 1, metadataMatch: lb({ version: 'v2' }) }],
      },
    })
    expect(action.metadataMatch).toEqual({ version: 'v2', stage: 'prod' })
  })

  test('timeouts have their defaults, and zero is kept', () => {
    expect(clusterActionOf({ cluster: 'a' })).toMatchObject({
      timeoutMs: 15_000,
      idleTimeoutMs: undefined,
      maxStreamDurationMs: undefined,
      retryPolicy: undefined,
      clusterNotFoundStatus: 503,
      priority: 'default',
    })
    expect(
      clusterActionOf({
        cluster: 'a',
        timeout: '0s',
        idleTimeout: '0.25s',
        maxStreamDuration: { maxStreamDuration: '3s', grpcTimeoutHeaderMax: '0s' },
        clusterNotFoundResponseCode: 'NOT_FOUND',
        priority: 1,
      }),
    ).toMatchObject({
      timeoutMs: 0,
      idleTimeoutMs: 250,
      maxStreamDurationMs: 3000,
      grpcTimeoutHeaderMaxMs: 0,
      clusterNotFoundStatus: 404,
      priority: 'high',
    })
  })

  test('the retry policy of a route replaces that of its virtual host', () => {
    const table = compileRoutes({
      virtualHosts: [
        {
          name: 'a',
          domains: ['*'],
          retryPolicy: { retryOn: '5xx', numRetries: 7 },
          routes: [
            {
              match: { prefix: '/own' },
              route: {
                cluster: 'a',
                retryPolicy: {
                  retryOn: 'connect-failure, retriable-headers',
                  perTryTimeout: '2s',
                  hostSelectionRetryMaxAttempts: '5',
                  retryHostPredicate: [{ name: 'envoy.retry_host_predicates.previous_hosts' }],
                  retryBackOff: { baseInterval: '0.1s' },
                  retriableHeaders: [{ name: 'X-Retry' }],
                },
              },
            },
            { match: { prefix: '/' }, route: { cluster: 'a' } },
          ],
        },
      ],
    })
    const policy = (path: string) => {
      const action = table.match(get(path))?.action
      return action?.kind === 'cluster' ? action.retryPolicy : undefined
    }
    expect(policy('/own')).toMatchObject({
      retryOn: ['connect-failure', 'retriable-headers'],
      numRetries: 1,
      perTryTimeoutMs: 2000,
      hostSelectionMaxAttempts: 5,
      hostPredicates: ['envoy.retry_host_predicates.previous_hosts'],
      backOff: { baseMs: 100, maxMs: 1000 },
    })
    expect(
      policy('/own')?.isRetriableResponse((name) => (name === 'x-retry' ? '1' : undefined)),
    ).toBe(true)
    expect(policy('/own')?.isRetriableResponse(() => undefined)).toBe(false)
    expect(policy('/own')?.isRetriableRequest(() => undefined)).toBe(true)
    expect(policy('/')).toMatchObject({
      retryOn: ['5xx'],
      numRetries: 7,
      backOff: { baseMs: 25, maxMs: 250 },
    })
  })

  test('mirrors come from the most specific level that has some', () => {
    const configuration: RouteConfigurationJson = {
      requestMirrorPolicies: [{ cluster: 'global' }],
      virtualHosts: [
        {
          name: 'a',
          domains: ['*'],
          routes: [
            {
              match: { prefix: '/own' },
              route: {
                cluster: 'a',
                requestMirrorPolicies: [
                  {
                    cluster: 'own',
                    runtimeFraction: {
                      defaultValue: { numerator: 5, denominator: 'TEN_THOUSAND' },
                    },
                    disableShadowHostSuffixAppend: true,
                    traceSampled: false,
                  },
                ],
              },
            },
            { match: { prefix: '/' }, route: { cluster: 'a' } },
          ],
        },
      ],
    }
    const table = compileRoutes(configuration)
    const mirrors = (path: string) => {
      const action = table.match(get(path))?.action
      return action?.kind === 'cluster' ? action.mirrors : undefined
    }
    expect(mirrors('/own')).toEqual([
      {
        cluster: 'own',
        clusterHeader: undefined,
        fraction: { numerator: 5, denominator: 10_000 },
        traceSampled: false,
        runtimeKey: undefined,
        appendShadowSuffix: false,
        hostRewriteLiteral: undefined,
        requestHeadersMutations: [],
      },
    ])
    expect(mirrors('/')).toMatchObject([
      {
        cluster: 'global',
        fraction: { numerator: 100, denominator: 100 },
        appendShadowSuffix: true,
      },
    ])
  })

  test('hash policies give their keys in order until there is a key at a terminal one', () => {
    const { hashPolicies } = clusterActionOf({
      cluster: 'a',
      hashPolicy: [
        {
          header: {
            headerName: 'X-User',
            regexRewrite: { pattern: { regex: '(.)-.*' }, substitution: '\\1' },
          },
        },
        { cookie: { name: 'session', ttl: '0s', path: '/' }, terminal: true },
        { queryParameter: { name: 'q' } },
        { connectionProperties: { sourceIp: true } },
      ],
    })
    expect(
      hashKeys(hashPolicies, get('/?q=1', { headers: { 'x-user': ['b-x', 'a-x'] } }), {
        sourceIp: '10.0.0.1',
      }),
    ).toEqual([['a', 'b']])
    expect(hashKeys(hashPolicies, get('/?q=1'), { sourceIp: '10.0.0.1' })).toEqual([
      ['1'],
      ['10.0.0.1'],
    ])
    expect(hashKeys(hashPolicies, get('/?q=1', { headers: { cookie: 'session=s' } }))).toEqual([
      ['s'],
    ])
    expect(hashPolicies[1]?.cookie).toEqual({ ttlMs: 0, path: '/', attributes: [] })
  })
})
