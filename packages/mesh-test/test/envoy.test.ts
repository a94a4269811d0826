import '@meshwright/mesh-test/vitest'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { createMesh, MeshTestError } from '../src/index.ts'

const routes = {
  name: 'local',
  virtual_hosts: [
    {
      name: 'shop',
      domains: ['shop.example.org', 'shop.example.org:8080'],
      routes: [
        {
          match: { path_separated_prefix: '/api', headers: [{ name: 'x-a', present_match: true }] },
          route: { cluster: 'api', prefix_rewrite: '/v1', timeout: '3s' },
          metadata: { filter_metadata: { 'my.filter': { snake_key: { inner_key: 1 } } } },
          typed_per_filter_config: {
            'envoy.filters.http.fault': {
              '@type': 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault',
              abort: { http_status: 503, percentage: { numerator: 50, denominator: 'HUNDRED' } },
            },
          },
        },
        {
          match: { prefix: '/' },
          route: {
            weighted_clusters: {
              clusters: [
                { name: 'stable', weight: 3 },
                { name: 'canary', weight: 1 },
              ],
            },
          },
        },
      ],
    },
  ],
}

function listener(port: number, manager: object): object {
  return {
    name: `listener_${port}`,
    address: { socket_address: { address: '0.0.0.0', port_value: port } },
    filter_chains: [
      {
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            typed_config: {
              '@type':
                'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
              stat_prefix: 'x',
              ...manager,
            },
          },
        ],
      },
    ],
  }
}

const other = {
  name: 'other',
  virtual_hosts: [
    {
      name: 'all',
      domains: ['*'],
      routes: [{ match: { prefix: '/' }, route: { cluster: 'other' } }],
    },
  ],
}

const bootstrap = {
  static_resources: {
    listeners: [
      listener(8080, { route_config: routes, normalize_path: true, merge_slashes: true }),
      listener(9090, { rds: { route_config_name: 'other' } }),
    ],
  },
}

const shapes: Readonly<Record<string, unknown>> = {
  'a route configuration': routes,
  'a bootstrap': bootstrap,
  'a listener': listener(8080, { route_config: routes }),
  'a discovery response': { version_info: '1', resources: [{ '@type': 'x', ...routes }] },
  'a config dump': {
    configs: [
      {
        '@type': 'type.googleapis.com/envoy.admin.v3.ListenersConfigDump',
        dynamic_listeners: [
          { active_state: { listener: listener(8080, { rds: { route_config_name: 'local' } }) } },
        ],
      },
      {
        '@type': 'type.googleapis.com/envoy.admin.v3.RoutesConfigDump',
        dynamic_route_configs: [{ route_config: routes }],
      },
    ],
  },
}

describe.each(Object.entries(shapes))('routes are found in %s', (_, shape) => {
  test.each([
    ['YAML', stringify(shape)],
    ['JSON', JSON.stringify(shape, null, 2)],
  ])('of %s', (_form, text) => {
    const mesh = createMesh({ files: [{ path: 'envoy.yaml', text }] })
    const api = mesh.request('GET http://shop.example.org:8080/api/x', { headers: { 'x-a': '1' } })

    expect(mesh.request('GET http://shop.example.org:8080/')).toSplit({ stable: 75, canary: 25 })
    expect(api).toRouteTo('api')
    expect(api).toBeRewrittenTo({ path: '/v1/x' })
    expect(api).toHaveTimeout('3s')
    expect(api).toHaveFault({ abort: 503, percentage: 50 })
    expect(api.match?.route.metadata).toEqual({ 'my.filter': { snake_key: { inner_key: 1 } } })
    expect(text.split('\n')[(api.origin?.line ?? 0) - 1]).toMatch(
      text.startsWith('{') ? /^\s*\{$/ : /^\s*- match:$/,
    )
    expect(mesh.request('GET http://nobody.example.org:8080/')).toBeUnrouted()
  })
})

test('the listener of the port is asked, and normalises paths as it is told', () => {
  const mesh = createMesh({ configuration: bootstrap })
  const sets = mesh.routeConfigurations.map(({ name, listeners }) => [
    name,
    listeners.map(({ port }) => port),
  ])
  expect(sets).toEqual([['local', [8080]]])

  const both = createMesh({ configuration: [bootstrap, other] })
  const headers = { 'x-a': '1' }
  expect(both.request('GET http://shop.example.org:9090/')).toRouteTo('other')
  expect(both.request('GET http://shop.example.org:8080//b/../api//x', { headers })).toRouteTo(
    'api',
  )
  expect(both.request('GET http://shop.example.org:9090//b/../api//x').outcome).toMatchObject({
    path: '//b/../api//x',
  })
})

test.each([
  [{}, 404],
  [{ strip_any_host_port: true }, 200],
  [{ strip_matching_host_port: true }, 200],
  [{ strip_matching_host_port: true }, 404, '[::1]:8081'],
])('the port of the authority is dropped as %j says', (options, status, host = '[::1]:8080') => {
  const direct = {
    virtual_hosts: [
      {
        name: 'a',
        domains: ['[::1]'],
        routes: [{ match: { prefix: '/' }, direct_response: { status: 200 } }],
      },
    ],
  }
  const mesh = createMesh({ configuration: listener(8080, { route_config: direct, ...options }) })

  expect(mesh.request('GET http://[::1]:8080/', { headers: { host } }).outcome).toMatchObject({
    status,
  })
})

test('routes by either spelling and from a value have no place, and are asked by name', () => {
  const camel = {
    name: 'camel',
    virtualHosts: [
      {
        name: 'a',
        domains: ['*'],
        routes: [{ match: { pathSeparatedPrefix: '/a' }, route: { cluster: 'a' } }],
      },
    ],
  }
  const mesh = createMesh({ configuration: [camel, other] })

  const asked = mesh.request('GET http://x/a', { routeConfiguration: 'camel' })
  expect(asked).toRouteTo('a')
  expect(asked.origin).toBeUndefined()
  expect(mesh.request('GET http://x/a', { routeConfiguration: 'other' })).toRouteTo('other')
})

test.each([
  ['what has no routes', { files: [{ path: 'a.yaml', text: 'static_resources: {}' }] }],
  ['nothing at all', {}],
  ['no YAML', { files: [{ path: 'a.yaml', text: 'a: [' }] }],
  [
    'both kinds at once',
    {
      files: [
        { path: 'a.yaml', text: 'apiVersion: v1\nkind: Service' },
        { path: 'b.yaml', text: stringify(routes) },
      ],
    },
  ],
])('%s is no mesh', (_, options) => {
  expect(() => createMesh(options)).toThrow(MeshTestError)
  expect(() => createMesh(options)).toThrow('ERR_MESH_TEST_FORMAT')
})

test('what the matcher refuses is named at once, each fault with its place', () => {
  const text = `name: broken
virtual_hosts:
  - name: a
    domains: ['*']
    routes:
      - match: { safe_regex: { regex: '(' } }
        route: { cluster: a }
      - match: { prefix: / }
        route: { cluster: a, host_rewrite_literal: b, auto_host_rewrite: true, unknown_field: 1 }
`
  const fault = text.indexOf('1 }')
  try {
    createMesh({ files: [{ path: 'a.yaml', text }] })
  } catch (error) {
    const { diagnostics } = error as MeshTestError
    expect(diagnostics.map(({ line, column, path }) => [line, column, path])).toEqual([
      [6, 39, 'virtualHosts[0].routes[0].match.safeRegex.regex'],
      [9, 16, 'virtualHosts[0].routes[1].route'],
      [9, fault - text.lastIndexOf('\n', fault), 'virtualHosts[0].routes[1].route.unknownField'],
    ])
    return
  }
  expect.unreachable()
})

test('what decides weights is minded: a header, and runtime keys', () => {
  const clusters = [
    { name: 'a', weight: 3 },
    { name: 'b', weight: 1 },
  ]
  const split = (weighted: object): object => ({
    name: 'x',
    virtual_hosts: [
      {
        name: 'x',
        domains: ['*'],
        routes: [
          { match: { prefix: '/' }, route: { weighted_clusters: { clusters, ...weighted } } },
        ],
      },
    ],
  })
  const byHeader = createMesh({ configuration: split({ header_name: 'x-draw' }) })
  expect(byHeader.request('GET http://x/')).toSplit({ a: 75, b: 25 })
  expect(byHeader.request('GET http://x/')).not.toRouteTo('b')
  expect(byHeader.request('GET http://x/', { headers: { 'x-draw': '3' } })).toRouteTo('b')

  const byRuntime = createMesh({ configuration: split({ runtime_key_prefix: 'w' }) })
  const runtime = { 'w.a': 1 }
  expect(byRuntime.request('GET http://x/', { runtime })).toSplit({ a: 50, b: 50 })
  expect(byRuntime.request('GET http://x/', { runtime, random: 1 })).toRouteTo('b')
  expect(byRuntime.request('GET http://x/', { random: 1 })).toRouteTo('a')
})

test('a tree of matchers is a place for routes too', () => {
  const typed = (type: string, more: object): object => ({
    name: 'x',
    typed_config: { '@type': `type.googleapis.com/${type}`, ...more },
  })
  const action = (cluster: string): object => ({
    action: typed('envoy.config.route.v3.Route', {
      match: { prefix: '/' },
      route: { weighted_clusters: { clusters: [{ name: cluster, weight: 1 }] } },
    }),
  })
  const configuration = {
    name: 'tree',
    virtual_hosts: [
      {
        name: 'tree',
        domains: ['*'],
        matcher: {
          matcher_tree: {
            input: typed('envoy.type.matcher.v3.HttpRequestHeaderMatchInput', {
              header_name: 'x_team',
            }),
            exact_match_map: { map: { snake_case: action('snake'), other: action('other') } },
          },
        },
      },
    ],
  }
  const mesh = createMesh({ configuration })

  expect(mesh.request('GET http://x/', { headers: { x_team: 'snake_case' } })).toRouteTo('snake')
  expect(mesh.request('GET http://x/', { headers: { x_team: 'other' } })).toSplit({ other: 100 })
  expect(mesh.request('GET http://x/')).toBeUnrouted()
})

/** `levels` lists of ten, each item an alias of the list before. */
function bomb(levels: number): string {
  const lines = Array.from({ length: levels }, (_, i) => {
    const items = Array.from({ length: 10 }, () => (i === 0 ? 'x' : `*a${i - 1}`)).join(', ')
    return `a${i}: &a${i} [${items}]`
  })
  return lines.join('\n')
}

test.each([
  ['aliases that multiply', bomb(12)],
  ['aliases of what they are in', 'a: &a { b: *a, c: [*a, *a, *a] }'],
  ['lists in lists in lists', `${'['.repeat(50_000)}${']'.repeat(50_000)}`],
])('%s are refused soon', (_, text) => {
  expect(() => createMesh({ files: [{ path: 'a.yaml', text }] })).toThrow('ERR_MESH_TEST_FORMAT')
})

test('a value that is in itself is refused', () => {
  const value: Record<string, unknown> = { ...routes }
  value['self'] = { a: value, b: value }
  expect(() => createMesh({ configuration: { a: value } })).toThrow('ERR_MESH_TEST_FORMAT')
})

test('a file without routes is named, and so is the place of what cannot be parsed', () => {
  const files = ['a: 1', ''].map((text, at) => ({ path: `${at}.yaml`, text }))
  expect(() => createMesh({ files })).toThrow(/virtual hosts, got neither in 0\.yaml/)
  expect(() => createMesh({})).toThrow(/virtual hosts, got neither \[/)
  expect(() => createMesh({ files: [{ path: 'b.yaml', text: 'a: [\n' }] })).toThrow(
    /^b\.yaml:2:1: (?!.* at line).*\]$/,
  )
})

test('a request to a route configuration without a name is explained without it', () => {
  const mesh = createMesh({
    configuration: { virtualHosts: [{ name: 'all', domains: ['*'], routes: [] }] },
  })
  expect(String(mesh.request('GET http://a/'))).toMatch(
    /^GET http:\/\/a\/, virtual host all \(\*\)\n/,
  )
})

test('where a fraction decides which route takes a request, nothing is claimed without a draw', () => {
  const half = { defaultValue: { numerator: 50 }, runtimeKey: 'half' }
  const mesh = createMesh({
    configuration: {
      virtualHosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: [
            { match: { prefix: '/a', runtimeFraction: half }, route: { cluster: 'new' } },
            { match: { prefix: '/' }, route: { cluster: 'old' } },
          ],
        },
      ],
    },
  })

  const undecided = mesh.request('GET http://h/a')
  expect(undecided.needsDraw).toBe(true)
  expect(String(undecided)).toMatch(/\n {2}for a draw of 0; others lead to another route$/)
  for (const judge of [expect(undecided), expect(undecided).not]) {
    expect(() => judge.toRouteTo('new')).toThrow(
      'expected a draw, such as { random: 0 }, because a runtime fraction decides which route takes GET http://h/a, got none',
    )
  }
  expect(mesh.request('GET http://h/a', { random: 49 })).toRouteTo('new')
  expect(mesh.request('GET http://h/a', { random: 50 })).toRouteTo('old')
  expect(mesh.request('GET http://h/a', { runtime: { half: 0 } })).toRouteTo('old')
  expect(mesh.request('GET http://h/a', { runtime: { half: 100 } })).toRouteTo('new')
  expect(mesh.request('GET http://h/b')).toRouteTo('old')
})
