import { describe, expect, test } from 'vitest'
import type { RouteJson } from '../src/index.ts'
import { faultsOf } from './route-tables.ts'

describe('faults', () => {
  test('all of them come out at once, with their places', () => {
    const routes = [
      { match: { prefix: '/', tlsContext: {}, dynamicMetadata: [{}] }, route: { cluster: 'a' } },
      {
        match: { prefix: '/', filterState: [{}], headrs: [] },
        route: { cluster: 'a', timeout: 5 },
      },
    ]
    expect(faultsOf({ vhds: {}, virtualHosts: [{ name: 'a', domains: ['*'], routes }] })).toEqual([
      'vhds: not supported',
      'virtualHosts[0].routes[1].match.headrs: unknown field',
      "virtualHosts[0].routes[1].route.timeout: expected a duration of at least 0 such as '1.5s', got 5",
      'virtualHosts[0].routes[0].match.dynamicMetadata[0].filter: expected a namespace, got none',
      'virtualHosts[0].routes[0].match.dynamicMetadata[0].path: expected at least one key, got none',
      'virtualHosts[0].routes[0].match.dynamicMetadata[0].value: expected one of nullMatch, doubleMatch, stringMatch, boolMatch, presentMatch, listMatch, orMatch, got none of them',
      'virtualHosts[0].routes[1].match.filterState[0].key: expected a key, got none',
      'virtualHosts[0].routes[1].match.filterState[0]: expected one of stringMatch, addressMatch, got none of them',
    ])
  })

  test.each<[RouteJson, RegExp]>([
    [{}, /routes\[0\]\.match: expected a match/],
    [{ match: { prefix: '/' } }, /expected one of route, redirect/],
    [{ match: { prefix: '/' }, route: {}, redirect: {} }, /got route and redirect/],
    [{ match: {}, redirect: {} }, /expected one of prefix, path/],
    [{ match: { prefix: '/', path: '/' }, redirect: {} }, /got prefix and path/],
    [
      { match: { safeRegex: { regex: '(?=x)' } }, redirect: {} },
      /safeRegex\.regex: .* is not RE2 syntax/,
    ],
    [{ match: { safeRegex: { regex: '(a)\\1' } }, redirect: {} }, /is not RE2 syntax/],
    [{ match: { pathSeparatedPrefix: '/a/' }, redirect: {} }, /pathSeparatedPrefix: expected/],
    [{ match: { prefix: '/', headers: [{}] }, redirect: {} }, /headers\[0\]\.name: expected/],
    [
      { match: { prefix: '/', headers: [{ name: 'a', stringMatch: {} }] }, redirect: {} },
      /headers\[0\]\.stringMatch: expected/,
    ],
    [
      { match: { prefix: '/', runtimeFraction: {} }, redirect: {} },
      /runtimeFraction\.defaultValue/,
    ],
    [{ match: { prefix: '/' }, route: {} }, /expected one of cluster, clusterHeader/],
    [
      { match: { prefix: '/' }, route: { weightedClusters: { clusters: [{ name: 'a' }] } } },
      /sum to more than 0/,
    ],
    [
      { match: { prefix: '/' }, route: { weightedClusters: { clusters: [{ weight: 1 }] } } },
      /clusters\[0\]: expected the name of a cluster/,
    ],
    [
      {
        match: { prefix: '/' },
        route: { cluster: 'a', regexRewrite: { pattern: { regex: 'a' }, substitution: '\\1' } },
      },
      /expected a group from 0 to 0, got 1/,
    ],
    [
      {
        match: { prefix: '/' },
        route: { cluster: 'a', hostRewriteLiteral: 'a', autoHostRewrite: true },
      },
      /got hostRewriteLiteral and autoHostRewrite/,
    ],
    [
      { match: { prefix: '/' }, route: { cluster: 'a', priority: 'URGENT' } },
      /priority: expected one of DEFAULT, HIGH, got "URGENT"/,
    ],
    [{ match: { prefix: '/' }, directResponse: { status: 99 } }, /status: expected/],
    [
      { match: { prefix: '/' }, directResponse: { status: 200, body: { filename: '/etc/x' } } },
      /body\.filename: expected the option readDataSource/,
    ],
    [
      {
        match: { prefix: '/' },
        directResponse: { status: 200, body: { inlineString: 'é'.repeat(2049) } },
      },
      /at most 4096 bytes, got 4098/,
    ],
    [
      { match: { prefix: '/' }, redirect: { pathRedirect: '/a', prefixRewrite: '/b' } },
      /got pathRedirect and prefixRewrite/,
    ],
    [
      {
        match: { prefix: '/' },
        redirect: {},
        requestHeadersToAdd: [{ header: { key: ':path', value: 'x' } }],
      },
      /neither a pseudo-header nor host/,
    ],
    [
      { match: { prefix: '/' }, redirect: {}, requestHeadersToRemove: ['Host'] },
      /requestHeadersToRemove\[0\]/,
    ],
  ])('%j is refused', (route, expected) => {
    expect(
      faultsOf({ virtualHosts: [{ name: 'a', domains: ['*'], routes: [route] }] }).join('\n'),
    ).toMatch(expected)
  })

  test('domains are given once', () => {
    expect(
      faultsOf({
        virtualHosts: [
          { name: 'a', domains: ['x', '*', '*.y', 'z.*'] },
          { name: 'a', domains: ['X', '*', '*.Y', 'Z.*', ''] },
          { name: 'b', domains: [] },
        ],
      }),
    ).toHaveLength(6)
  })

  test.each([
    null,
    5,
    [],
    { virtualHosts: {} },
    { virtualHosts: [null] },
    { virtualHosts: [{ name: 5 }] },
  ])('%j is a fault and not a crash', (configuration) => {
    expect(faultsOf(configuration)).not.toEqual([])
  })
})
