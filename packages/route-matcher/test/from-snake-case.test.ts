import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileRoutes, fromSnakeCase, request } from '../src/index.ts'
import { faultsOf } from './route-tables.ts'

const routeType = 'type.googleapis.com/envoy.config.route.v3.Route'
const headerInput = 'type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput'

test('a configuration in snake_case compiles once its names are turned', () => {
  const snake = {
    virtual_hosts: [
      {
        name: 'a',
        domains: ['*'],
        routes: [
          {
            match: {
              path_separated_prefix: '/a',
              query_parameters: [{ name: 'q_q', present_match: true }],
              headers: [{ name: 'x_y', string_match: { exact: 'snake_case' } }],
            },
            route: { cluster: 'some_cluster', prefix_rewrite: '/b' },
          },
        ],
      },
    ],
  }
  const table = compileRoutes(fromSnakeCase(snake))
  const asked = request({ authority: 'x', path: '/a?q_q', headers: { x_y: 'snake_case' } })
  expect(table.match(asked)?.cluster).toBe('some_cluster')
  expect(table.match(asked)?.applyToRequest(asked).path).toBe('/b?q_q')
  expect(snake.virtual_hosts[0]?.routes[0]?.route).toEqual({
    cluster: 'some_cluster',
    prefix_rewrite: '/b',
  })
})

test('the keys of maps and the insides of Structs are data, and stay', () => {
  const route = { match: { prefix: '/' }, direct_response: { status: 200 } }
  const action = { name: 'x_y', typed_config: { '@type': routeType, ...route } }
  const struct = {
    '@type': 'type.googleapis.com/google.protobuf.Struct',
    value: { a_b: { c_d: 1 } },
  }
  const typedStruct = {
    '@type': 'type.googleapis.com/xds.type.v3.TypedStruct',
    type_url: 'a.b/c_d',
    value: { a_b: 1 },
  }
  const turned = fromSnakeCase({
    virtual_hosts: [
      {
        metadata: { filter_metadata: { 'my_filter.ns': { a_key: { b_key: 1 } } } },
        typed_per_filter_config: {
          my_filter: struct,
          other_filter: typedStruct,
          ext_authz: {
            '@type': 'type.googleapis.com/a.ExtAuthzPerRoute',
            check_settings: { context_extensions: { a_b: 'c' }, with_request_body: {} },
          },
        },
        matcher: {
          matcher_tree: {
            input: { name: 'i', typed_config: { '@type': headerInput, header_name: 'x_h' } },
            exact_match_map: { map: { some_value: { action, keep_matching: true } } },
          },
        },
      },
    ],
  })
  expect(turned).toEqual({
    virtualHosts: [
      {
        metadata: { filterMetadata: { 'my_filter.ns': { a_key: { b_key: 1 } } } },
        typedPerFilterConfig: {
          my_filter: struct,
          other_filter: {
            '@type': 'type.googleapis.com/xds.type.v3.TypedStruct',
            typeUrl: 'a.b/c_d',
            value: { a_b: 1 },
          },
          ext_authz: {
            '@type': 'type.googleapis.com/a.ExtAuthzPerRoute',
            checkSettings: { contextExtensions: { a_b: 'c' }, withRequestBody: {} },
          },
        },
        matcher: {
          matcherTree: {
            input: { name: 'i', typedConfig: { '@type': headerInput, headerName: 'x_h' } },
            exactMatchMap: {
              map: {
                some_value: {
                  action: {
                    name: 'x_y',
                    typedConfig: {
                      '@type': routeType,
                      match: { prefix: '/' },
                      directResponse: { status: 200 },
                    },
                  },
                  keepMatching: true,
                },
              },
            },
          },
        },
      },
    ],
  })
})

test('names in camelCase stay, so that turning twice is turning once', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const once = fromSnakeCase({ value })
      expect(fromSnakeCase(once)).toEqual(once)
    }),
  )
})

test('a field that is null is left out, and the compiler refuses it', () => {
  const turned = fromSnakeCase({
    virtual_hosts: null,
    name: 'a',
    metadata: { filter_metadata: { n: null } },
  })
  expect(turned).toEqual({ name: 'a', metadata: { filterMetadata: { n: null } } })
  expect(
    faultsOf(JSON.parse('{"virtualHosts":[{"name":"a","domains":["*"],"routes":null}]}')),
  ).toEqual(['virtualHosts[0].routes: expected a value or no field at all, got null'])
})

test('a field in both spellings is refused', () => {
  expect(
    faultsOf(
      fromSnakeCase({ ignore_port_in_host_matching: true, ignorePortInHostMatching: false }),
    ),
  ).toEqual(['ignore_port_in_host_matching: unknown field'])
})

test('nesting without end is left for the compiler to refuse', () => {
  let matcher: object = {}
  for (let i = 0; i < 50_000; i++) matcher = { on_no_match: { matcher } }
  const turned = fromSnakeCase({ virtual_hosts: [{ name: 'a', domains: ['*'], matcher }] })
  expect(faultsOf(turned).join()).toContain('expected at most 100 messages inside each other')
})
