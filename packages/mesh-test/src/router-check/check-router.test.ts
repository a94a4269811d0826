import type { RouteConfigurationJson } from '@meshwright/route-matcher'
import { describe, expect, test } from 'vitest'
import { checkRouter } from './check-router.ts'
import { deprecatedFields } from './deprecated-fields.ts'
import { matchText } from './match-text.ts'
import { readRouteConfiguration } from './read-route-configuration.ts'
import { readRouterTests } from './read-router-tests.ts'

function check(
  routes: readonly unknown[],
  tests: readonly unknown[],
): ReturnType<typeof checkRouter> {
  const virtual_hosts = [{ name: 'h', domains: ['*'], routes }]
  return checkRouter(
    readRouteConfiguration('c.json', JSON.stringify({ virtual_hosts })),
    readRouterTests('t.json', JSON.stringify({ tests })),
  )
}

function given(input: object, validate: object): object {
  return { test_name: 't', input: { authority: 'a', path: '/', method: 'GET', ...input }, validate }
}

const toC = { match: { prefix: '/' }, route: { cluster: 'c' } }

describe('what a test sees', () => {
  test('a redirect leaves the path behind that it rewrites', () => {
    const seen = (path: string, original?: string) => ({
      request_header_matches: [
        { name: ':path', string_match: { exact: path } },
        original === undefined
          ? { name: 'x-envoy-original-path', present_match: false }
          : { name: 'x-envoy-original-path', string_match: { exact: original } },
      ],
    })
    const regex_rewrite = { pattern: { regex: '^/r/(\\d+)' }, substitution: '/n/\\1' }
    const { cases } = check(
      [
        { match: { prefix: '/old' }, redirect: { prefix_rewrite: '/new', strip_query: true } },
        { match: { prefix: '/r' }, redirect: { regex_rewrite } },
        { match: { prefix: '/p' }, redirect: { path_redirect: '/q' } },
      ],
      [
        given(
          { path: '/old/1?a=b' },
          { path_redirect: 'http://a/new/1', ...seen('/new/1?a=b', '/old/1?a=b') },
        ),
        given({ path: '/r/7' }, { path_redirect: 'http://a/n/7', ...seen('/n/7', '/r/7') }),
        given({ path: '/p/7' }, { path_redirect: 'http://a/q', ...seen('/p/7') }),
      ],
    )
    expect(cases.flatMap(({ failures }) => failures)).toEqual([])
  })

  test('who is sent to TLS is not rewritten', () => {
    const { failed } = checkRouter(
      {
        virtualHosts: [
          {
            name: 'h',
            domains: ['*'],
            requireTls: 'ALL',
            routes: [{ match: { prefix: '/old' }, redirect: { prefixRewrite: '/new' } }],
          },
        ],
      },
      readRouterTests(
        't.json',
        JSON.stringify({
          tests: [
            given(
              { path: '/old' },
              {
                path_redirect: 'https://a/old',
                request_header_matches: [{ name: ':path', string_match: { exact: '/old' } }],
              },
            ),
          ],
        }),
      ),
    )
    expect(failed).toBe(0)
  })

  test('request headers go upstream mutated, with the original path and host', () => {
    const { failed } = check(
      [
        {
          match: { prefix: '/a' },
          route: {
            cluster: 'c',
            prefix_rewrite: '/b',
            host_rewrite_literal: 'n',
            append_x_forwarded_host: true,
          },
          request_headers_to_add: [{ header: { key: 'x-was', value: '%REQ(:PATH)%' } }],
          request_headers_to_remove: ['x-gone'],
        },
      ],
      [
        given(
          { path: '/a/1', additional_request_headers: [{ key: 'X-Gone', value: '1' }] },
          {
            path_rewrite: '/b/1',
            host_rewrite: 'n',
            request_header_matches: [
              { name: 'x-was', string_match: { exact: '/a/1' } },
              { name: 'x-envoy-original-path', string_match: { exact: '/a/1' } },
              { name: 'x-forwarded-host', string_match: { exact: 'a' } },
              { name: 'x-gone', present_match: false },
            ],
          },
        ),
      ],
    )
    expect(failed).toBe(0)
  })

  test('response headers are those of the upstream, mutated', () => {
    const { cases } = check(
      [{ ...toC, response_headers_to_add: [{ header: { key: 'x-r', value: '%RESP(x-u)%!' } }] }],
      [
        given(
          { additional_response_headers: [{ key: 'x-u', value: 'v' }] },
          {
            response_header_matches: [{ name: 'x-r', string_match: { exact: 'v!' } }],
            response_header_fields: [{ key: 'x-r', value: 'other' }],
          },
        ),
      ],
    )
    expect(cases[0]?.failures.map(({ line }) => line)).toEqual([
      'expected: [other], actual: [v!], test type: response_header_fields',
    ])
  })

  test('a fraction is off unless the test names its key, and one of 0 counts as 1', () => {
    const route = (key: string | undefined, numerator: number, cluster: string) => ({
      match: {
        prefix: '/',
        runtime_fraction: {
          runtime_key: key,
          default_value: { numerator, denominator: 'HUNDRED' },
        },
      },
      route: { cluster },
    })
    const routes = [
      route('off', 0, 'off'),
      route('half', 50, 'half'),
      route(undefined, 100, 'keyless'),
      toC,
    ]
    const { cases } = check(routes, [
      given({}, { cluster_name: 'c' }),
      given({ runtime: 'off' }, { cluster_name: 'off' }),
      given({ runtime: 'off', random_value: 1 }, { cluster_name: 'c' }),
      given({ runtime: 'half', random_value: 149 }, { cluster_name: 'half' }),
      given({ runtime: 'half', random_value: 150 }, { cluster_name: 'c' }),
    ])
    expect(cases.map(({ ok }) => ok)).toEqual([true, true, true, true, true])
  })

  test('a request that no route takes has empty answers, and what is expected of it may be nothing', () => {
    const { passed, coverage } = check(
      [{ match: { path: '/x' }, route: { cluster: 'c' } }],
      [given({}, { cluster_name: '', path_redirect: '', code_redirect: 0, timeout: '0s' })],
    )
    expect([passed, coverage]).toEqual([1, 0])
  })

  test('a header matcher that is none is refused', () => {
    const run = () =>
      check(
        [toC],
        [given({}, { request_header_matches: [{ name: 'x', string_match: { exakt: 'y' } }] })],
      )
    expect(run).toThrow(/a header matcher: .*exakt/)
  })
})

describe('configurations', () => {
  const hosts = { virtual_hosts: [{ name: 'h', domains: ['*'], routes: [toC] }] }
  const listener = (name: string) => ({
    name,
    filter_chains: [
      {
        filters: [
          {
            name: 'hcm',
            typed_config: {
              '@type':
                'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
              route_config: { ...hosts, name },
            },
          },
        ],
      },
    ],
  })
  const bootstrap = (...names: readonly string[]) =>
    JSON.stringify({ static_resources: { listeners: names.map(listener) } })

  test('of a bootstrap the listener is chosen by name, or is the only one', () => {
    expect(readRouteConfiguration('b.json', bootstrap('one')).name).toBe('one')
    expect(
      readRouteConfiguration('b.json', bootstrap('one', 'two'), { listenerName: 'two' }).name,
    ).toBe('two')
    expect(() => readRouteConfiguration('b.json', bootstrap('one', 'two'))).toThrow(
      'expected the name of a listener with routes in it, one of: one, two',
    )
    expect(() => readRouteConfiguration('b.json', bootstrap('one'), { listenerName: 'x' })).toThrow(
      'expected a listener x with routes in it; there are: one',
    )
  })

  test('what is neither is refused as Envoy words it', () => {
    expect(() => readRouteConfiguration('c.json', '{"tests": []}')).toThrow(
      /INVALID_ARGUMENT.*envoy\.config\.route\.v3\.RouteConfiguration.*envoy\.config\.bootstrap\.v3\.Bootstrap.*tests/,
    )
    expect(() => readRouteConfiguration('c.yaml', '- 1')).toThrow(
      'c.yaml: expected a RouteConfiguration or a bootstrap, got no object',
    )
    expect(() => readRouteConfiguration('c.yaml', 'a: [')).toThrow(
      /^c\.yaml:1:5: .* \[ERR_MESH_TEST_FORMAT\]$/,
    )
    expect(() => readRouteConfiguration('c.yaml', 'a: [')).toThrow(/c\.yaml:1:\d+: /)
  })

  test('deprecated fields are told with their places', () => {
    const configuration: RouteConfigurationJson = {
      virtualHosts: [
        {
          name: 'h',
          routes: [{ match: { prefix: '/', headers: [{ name: 'x', exactMatch: 'y' }] } }],
          responseHeadersToAdd: [{ header: { key: 'a' }, append: false }],
        },
      ],
    }
    expect(deprecatedFields(configuration)).toEqual([
      {
        path: 'virtualHosts[0].routes[0].match.headers[0].exactMatch',
        instead: 'string_match.exact',
      },
      { path: 'virtualHosts[0].responseHeadersToAdd[0].append', instead: 'append_action' },
    ])
  })
})

test('the match of a route is text in the order of its field numbers', () => {
  expect(
    matchText({
      headers: [{ name: 'x', stringMatch: { exact: 'a"b' } }],
      caseSensitive: false,
      prefix: '/p',
      runtimeFraction: { defaultValue: { numerator: 1, denominator: 'HUNDRED' } },
    }),
  ).toBe(
    [
      'prefix: "/p"',
      'case_sensitive {\n  value: false\n}',
      'headers {\n  name: "x"\n  string_match {\n    exact: "a\\"b"\n  }\n}',
      'runtime_fraction {\n  default_value {\n    numerator: 1\n    denominator: HUNDRED\n  }\n}\n',
    ].join('\n'),
  )
})
