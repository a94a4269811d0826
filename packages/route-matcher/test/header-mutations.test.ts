import { describe, expect, test } from 'vitest'
import { applyHeaderMutations, compileRoutes, type RouteConfigurationJson } from '../src/index.ts'
import { get, tableOf } from './ask-route.ts'

describe('header mutations', () => {
  const add = (value: string, appendAction = 'OVERWRITE_IF_EXISTS_OR_ADD') => [
    { header: { key: 'X-A', value }, appendAction },
  ]
  const configuration = (mostSpecificHeaderMutationsWins: boolean): RouteConfigurationJson => ({
    mostSpecificHeaderMutationsWins,
    requestHeadersToAdd: add('config'),
    responseHeadersToRemove: ['Server'],
    virtualHosts: [
      {
        name: 'a',
        domains: ['*'],
        requestHeadersToAdd: add('host'),
        routes: [
          {
            match: { prefix: '/' },
            requestHeadersToAdd: add('route'),
            responseHeadersToAdd: add('route'),
            route: {
              weightedClusters: {
                clusters: [{ name: 'c', weight: 1, requestHeadersToAdd: add('weighted') }],
              },
            },
          },
        ],
      },
    ],
  })
  const levels = (mostSpecificWins: boolean) =>
    compileRoutes(configuration(mostSpecificWins))
      .match(get('/'))
      ?.applyToRequest(get('/'))
      .requestHeaders.map((level) => level.add[0]?.value)

  test('levels apply from the most specific on, or the other way round; that of a weighted cluster is always first', () => {
    expect(levels(false)).toEqual(['weighted', 'route', 'host', 'config'])
    expect(levels(true)).toEqual(['weighted', 'config', 'host', 'route'])
  })

  test('response headers come along', () => {
    expect(compileRoutes(configuration(false)).match(get('/'))?.responseHeaders).toEqual([
      {
        remove: [],
        add: [
          {
            name: 'x-a',
            value: 'route',
            action: 'OVERWRITE_IF_EXISTS_OR_ADD',
            keepEmptyValue: false,
          },
        ],
      },
      { remove: ['server'], add: [] },
    ])
  })

  test.each([
    ['APPEND_IF_EXISTS_OR_ADD', ['old', 'new'], ['new']],
    ['ADD_IF_ABSENT', ['old'], ['new']],
    ['OVERWRITE_IF_EXISTS_OR_ADD', ['new'], ['new']],
    ['OVERWRITE_IF_EXISTS', ['new'], undefined],
  ])(
    '%s makes %j of a header that is there and %j of one that is not',
    (appendAction, present, absent) => {
      const found = tableOf([
        {
          match: { prefix: '/' },
          requestHeadersToAdd: [
            { header: { key: 'x-there', value: '%V%' }, appendAction },
            { header: { key: 'x-not', value: '%V%' }, appendAction },
            { header: { key: 'x-empty', value: '' } },
          ],
          requestHeadersToRemove: ['x-gone'],
          route: { cluster: 'a' },
        },
      ]).match(get('/'))
      const headers = new Map([
        ['x-there', ['old']],
        ['x-gone', ['x']],
      ])
      applyHeaderMutations(
        found?.applyToRequest(get('/')).requestHeaders ?? [],
        {
          has: (name) => headers.has(name),
          set: (name, value) => headers.set(name, [value]),
          append: (name, value) => headers.set(name, [...(headers.get(name) ?? []), value]),
          remove: (name) => headers.delete(name),
        },
        (template) => template.replace('%V%', 'new'),
      )
      expect(Object.fromEntries(headers)).toEqual({
        'x-there': present,
        ...(absent === undefined ? {} : { 'x-not': absent }),
      })
    },
  )
})

describe('what is handed on', () => {
  test('filter configurations, the most specific first, and the older CORS field among them', () => {
    const cors = 'envoy.filters.http.cors'
    const found = compileRoutes({
      typedPerFilterConfig: { fault: { '@type': 'x', level: 'config' } },
      virtualHosts: [
        {
          name: 'a',
          domains: ['*'],
          cors: { allowMethods: 'GET' },
          typedPerFilterConfig: { fault: { '@type': 'x', level: 'host' } },
          routes: [
            {
              match: { prefix: '/' },
              typedPerFilterConfig: { fault: { '@type': 'x', level: 'route' } },
              route: {
                weightedClusters: {
                  clusters: [
                    {
                      name: 'c',
                      weight: 1,
                      typedPerFilterConfig: { fault: { '@type': 'x', level: 'weighted' } },
                    },
                  ],
                },
              },
            },
          ],
        },
      ],
    }).match(get('/'))
    expect(found?.typedPerFilterConfig.get('fault')).toEqual(
      ['weighted', 'route', 'host', 'config'].map((level) => ({ '@type': 'x', level })),
    )
    expect(found?.typedPerFilterConfig.get(cors)).toMatchObject([{ allowMethods: 'GET' }])
  })

  test('facts of the route and its virtual host', () => {
    const found = compileRoutes({
      internalOnlyHeaders: ['X-Internal'],
      virtualHosts: [
        {
          name: 'a',
          domains: ['*'],
          includeRequestAttemptCount: true,
          perRequestBufferLimitBytes: 10,
          virtualClusters: [
            { name: 'reads', headers: [{ name: ':method', stringMatch: { exact: 'GET' } }] },
          ],
          routes: [
            {
              name: 'default',
              match: { prefix: '/' },
              decorator: { operation: 'op' },
              metadata: { filterMetadata: { istio: { config: 'x' } } },
              route: { cluster: 'a', upgradeConfigs: [{ upgradeType: 'WebSocket' }] },
            },
          ],
        },
      ],
    }).match(get('/'))
    expect(found?.route).toMatchObject({
      name: 'default',
      index: 0,
      decorator: { operation: 'op', propagate: true },
      bufferLimitBytes: 10,
      metadata: { istio: { config: 'x' } },
    })
    expect(found?.virtualHost.includeRequestAttemptCount).toBe(true)
    expect(found?.virtualHost.virtualCluster(get('/'))).toBe('reads')
    expect(found?.virtualHost.virtualCluster(get('/', { method: 'PUT' }))).toBe('other')
    expect(found?.action).toMatchObject({ upgrades: [{ type: 'websocket', enabled: true }] })
  })

  test('what is not acted on is a warning', () => {
    const table = tableOf([
      {
        match: { prefix: '/' },
        route: { cluster: 'a', retryPolicyTypedConfig: {}, hedgePolicy: { initialRequests: 2 } },
      },
    ])
    expect(table.warnings.map(({ path }) => path)).toEqual([
      'virtualHosts[0].routes[0].route.retryPolicyTypedConfig',
      'virtualHosts[0].routes[0].route.hedgePolicy.initialRequests',
    ])
  })
})
