import { describe, expect, test } from 'vitest'
import type { RouteActionJson, RouteConfigurationJson, VirtualHostJson } from '../src/index.ts'
import { compileRoutes } from '../src/index.ts'
import { faultsOf } from './route-tables.ts'

type Route = NonNullable<VirtualHostJson['routes']>[number]

const host = (more: Partial<VirtualHostJson>): RouteConfigurationJson => ({
  virtualHosts: [{ name: 'a', domains: ['*'], ...more }],
})
const route = (more: Partial<Route>): RouteConfigurationJson =>
  host({ routes: [{ match: { prefix: '/' }, route: { cluster: 'c' }, ...more }] })
const action = (more: RouteActionJson): RouteConfigurationJson =>
  route({ route: { cluster: 'c', ...more } })

const atRoute = 'virtualHosts[0].routes[0]'
const metadata = (key: object) => ({
  actions: [{ metadata: { descriptorKey: 'a', metadataKey: key } }],
})
const filterConfig = (more: object) => ({
  f: { '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig', ...more },
})

describe('what Envoy refuses is a fault', () => {
  test.each<[string, RouteConfigurationJson, string]>([
    [
      'a line break in a header',
      route({ requestHeadersToAdd: [{ header: { key: 'a', value: 'b\r\nc' } }] }),
      `${atRoute}.requestHeadersToAdd[0].header.value`,
    ],
    [
      'a line break in a removed name',
      route({ responseHeadersToRemove: ['a\n'] }),
      `${atRoute}.responseHeadersToRemove[0]`,
    ],
    ['a line break in a path', action({ prefixRewrite: '/a\n' }), `${atRoute}.route.prefixRewrite`],
    [
      'a line break in a redirect',
      route({ route: undefined, redirect: { hostRedirect: 'a\nb' } } as unknown as Route),
      `${atRoute}.redirect.hostRedirect`,
    ],
    ['NUL in a host', action({ hostRewriteLiteral: 'a\0' }), `${atRoute}.route.hostRewriteLiteral`],
    ['a line break in a domain', host({ domains: ['a\nb'] }), 'virtualHosts[0].domains[0]'],
    [
      'a line break in a header to match',
      route({ match: { prefix: '/', headers: [{ name: 'a\n' }] } }),
      `${atRoute}.match.headers[0].name`,
    ],
    [
      'a line break in the name of an internal header',
      { internalOnlyHeaders: ['a\n'] },
      'internalOnlyHeaders[0]',
    ],
    ['a line break in vhost_header', { vhostHeader: 'a\n' }, 'vhostHeader'],
    [
      'an int64 that is none',
      route({
        match: {
          prefix: '/',
          headers: [{ name: 'a', rangeMatch: { start: '9223372036854775808' } }],
        },
      }),
      `${atRoute}.match.headers[0].rangeMatch.start`,
    ],
    [
      'two sources of a hash',
      action({ hashPolicy: [{ header: { headerName: 'a' }, cookie: { name: 'b' } }] }),
      `${atRoute}.route.hashPolicy[0]`,
    ],
    [
      'a hash of a cookie without a name',
      action({ hashPolicy: [{ cookie: {} }] }),
      `${atRoute}.route.hashPolicy[0].cookie.name`,
    ],
    [
      'a hash cookie attribute without a name',
      action({ hashPolicy: [{ cookie: { name: 'a', attributes: [{}] } }] }),
      `${atRoute}.route.hashPolicy[0].cookie.attributes[0].name`,
    ],
    [
      'a hash of a parameter without a name',
      action({ hashPolicy: [{ queryParameter: {} }] }),
      `${atRoute}.route.hashPolicy[0].queryParameter.name`,
    ],
    [
      'a hash of a state without a key',
      action({ hashPolicy: [{ filterState: {} }] }),
      `${atRoute}.route.hashPolicy[0].filterState.key`,
    ],
    [
      'a back-off of nothing',
      action({ retryPolicy: { retryBackOff: { baseInterval: '0s' } } }),
      `${atRoute}.route.retryPolicy.retryBackOff.baseInterval`,
    ],
    [
      'a longest wait of nothing',
      action({
        retryPolicy: {
          rateLimitedRetryBackOff: { resetHeaders: [{ name: 'a' }], maxInterval: '0s' },
        },
      }),
      `${atRoute}.route.retryPolicy.rateLimitedRetryBackOff.maxInterval`,
    ],
    [
      'a back-off by headers without headers',
      action({ retryPolicy: { rateLimitedRetryBackOff: {} } }),
      `${atRoute}.route.retryPolicy.rateLimitedRetryBackOff.resetHeaders`,
    ],
    [
      'a back-off by a header without a name',
      action({ retryPolicy: { rateLimitedRetryBackOff: { resetHeaders: [{}] } } }),
      `${atRoute}.route.retryPolicy.rateLimitedRetryBackOff.resetHeaders[0].name`,
    ],
    [
      'an upgrade without a type',
      action({ upgradeConfigs: [{}] }),
      `${atRoute}.route.upgradeConfigs[0].upgradeType`,
    ],
    [
      'a rate limit by metadata without a path',
      action({ rateLimits: [metadata({ key: 'a' })] }),
      `${atRoute}.route.rateLimits[0].actions[0].metadata.metadataKey.path`,
    ],
    [
      'a rate limit by metadata with an empty key',
      action({ rateLimits: [metadata({ key: 'a', path: [{}] })] }),
      `${atRoute}.route.rateLimits[0].actions[0].metadata.metadataKey.path[0].key`,
    ],
    [
      'a limit in metadata without a path',
      action({
        rateLimits: [
          {
            actions: [{ remoteAddress: {} }],
            limit: { dynamicMetadata: { metadataKey: { key: 'a' } } },
          },
        ],
      }),
      `${atRoute}.route.rateLimits[0].limit.dynamicMetadata.metadataKey.path`,
    ],
    [
      'append beside another append_action',
      route({
        requestHeadersToAdd: [
          { header: { key: 'a', value: 'b' }, append: true, appendAction: 'ADD_IF_ABSENT' },
        ],
      }),
      `${atRoute}.requestHeadersToAdd[0]`,
    ],
    [
      'a FilterConfig that says nothing',
      route({ typedPerFilterConfig: filterConfig({}) }),
      `${atRoute}.typedPerFilterConfig["f"]`,
    ],
    [
      'a FilterConfig that is optional and says nothing',
      host({ typedPerFilterConfig: filterConfig({ isOptional: true }) }),
      'virtualHosts[0].typedPerFilterConfig["f"]',
    ],
    [
      'an unknown field of a FilterConfig',
      { typedPerFilterConfig: filterConfig({ disable: true }) },
      'typedPerFilterConfig["f"].disable',
    ],
    [
      'a filter configuration without a type',
      route({ typedPerFilterConfig: { f: {} } }),
      `${atRoute}.typedPerFilterConfig["f"]`,
    ],
    [
      'a virtual cluster without a name',
      host({ virtualClusters: [{ headers: [{ name: 'a' }] }] }),
      'virtualHosts[0].virtualClusters[0].name',
    ],
    [
      'a virtual cluster without headers',
      host({ virtualClusters: [{ name: 'a' }] }),
      'virtualHosts[0].virtualClusters[0].headers',
    ],
    [
      'a decorator without an operation',
      route({ decorator: {} }),
      `${atRoute}.decorator.operation`,
    ],
  ])('%s', (_, configuration, path) => {
    const faults = faultsOf(configuration)
    expect(faults.map((it) => it.split(': ')[0])).toContain(path)
    // Faults elsewhere, unknown fields among them, hide none.
    expect(faultsOf({ ...configuration, vhds: {}, name: 5, nme: '' })).toEqual(
      expect.arrayContaining(faults),
    )
  })
})

describe('what Envoy takes is none', () => {
  test.each<[string, RouteConfigurationJson]>([
    [
      'append beside the default append_action',
      route({
        requestHeadersToAdd: [
          {
            header: { key: 'a', value: 'b' },
            append: false,
            appendAction: 'APPEND_IF_EXISTS_OR_ADD',
          },
        ],
      }),
    ],
    [
      'a FilterConfig with an empty config',
      route({ typedPerFilterConfig: filterConfig({ config: {} }) }),
    ],
    [
      'a FilterConfig that disables',
      route({ typedPerFilterConfig: filterConfig({ disabled: true }) }),
    ],
    [
      'virtual hosts of one name',
      {
        virtualHosts: [
          { name: 'a', domains: ['a'] },
          { name: 'a', domains: ['b'] },
        ],
      },
    ],
    [
      'a body of any size where the limit is 0',
      {
        maxDirectResponseBodySizeBytes: 0,
        ...host({
          routes: [
            {
              match: { prefix: '/' },
              directResponse: { status: 200, body: { inlineString: 'x'.repeat(5000) } },
            },
          ],
        }),
      },
    ],
  ])('%s', (_, configuration) => {
    expect(faultsOf(configuration)).toEqual([])
  })

  test('of virtual hosts of one name none can be replaced by it', () => {
    const virtualHosts = ['a', 'b'].map((domain) => ({ name: 'twice', domains: [domain] }))
    const table = compileRoutes({ virtualHosts })
    expect(table.warnings).toEqual([
      {
        path: 'virtualHosts[1].name',
        message: 'expected a name of its own, got "twice" again: withVirtualHost cannot find it',
      },
    ])
    expect(() => table.withVirtualHost({ name: 'twice', domains: ['c'] })).toThrow(
      /expected the name of one virtual host of this table, got "twice"/,
    )
  })
})
