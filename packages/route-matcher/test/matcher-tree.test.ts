import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import {
  compileRoutes,
  type ExtensionJson,
  type MatcherJson,
  type MatcherPredicateJson,
  type OnMatchJson,
  type PlainRequest,
  type RouteConfigurationJson,
  type RouteJson,
  request,
} from '../src/index.ts'
import { drawMatcher, matcherOracle, matcherValues } from './matcher-oracle.ts'
import { faultsOf } from './route-tables.ts'

function typed(type: string, fields: object = {}): ExtensionJson {
  return { name: 'x', typedConfig: { '@type': `type.googleapis.com/${type}`, ...fields } }
}

function routeTo(cluster: string, match: RouteJson['match'] = { prefix: '/' }): RouteJson {
  return { match, route: { cluster } }
}

function go(cluster: string, match?: RouteJson['match']): OnMatchJson {
  return { action: typed('envoy.config.route.v3.Route', routeTo(cluster, match)) }
}

function header(name: string): ExtensionJson {
  return typed('envoy.type.matcher.v3.HttpRequestHeaderMatchInput', { headerName: name })
}

function single(input: ExtensionJson, exact: string): MatcherPredicateJson {
  return { singlePredicate: { input, valueMatch: { exact } } }
}

function listOf(predicate: MatcherPredicateJson): MatcherJson {
  return { matcherList: { matchers: [{ predicate, onMatch: go('yes') }] } }
}

function configurationOf(matcher: MatcherJson): RouteConfigurationJson {
  return { virtualHosts: [{ name: 'host', domains: ['*'], matcher }] }
}

function clusterOf(matcher: MatcherJson, asked: Partial<PlainRequest> = {}): string | undefined {
  const plain = request({ authority: 'host', path: '/', ...asked })
  return compileRoutes(configurationOf(matcher)).match(plain)?.cluster
}

const network = 'envoy.extensions.matching.common_inputs.network.v3'

describe('inputs of a matcher', () => {
  const connection = {
    sourceAddress: '10.0.0.1',
    sourcePort: 1234,
    directSourceAddress: '10.0.0.9',
    destinationAddress: '10.0.0.2',
    destinationPort: 443,
    serverName: 'shop.example',
  }

  test.each<[ExtensionJson, string, Partial<PlainRequest>]>([
    [header('X-A'), 'a,b', { headers: { 'x-a': ['a', 'b'] } }],
    [header(':method'), 'PUT', { method: 'PUT' }],
    [header(':path'), '/a?b', { path: '/a?b' }],
    [header(':authority'), 'host', {}],
    [
      typed('envoy.type.matcher.v3.HttpRequestQueryParamMatchInput', { queryParam: 'user name' }),
      'foo bé',
      { path: '/?x=1&user%20name=foo%20b%C3%A9&user%20name=z' },
    ],
    [
      typed('envoy.type.matcher.v3.HttpRequestQueryParamMatchInput', { queryParam: 'q' }),
      'a%+\xff',
      { path: '/?q=a%+%FF' },
    ],
    [typed(`${network}.SourceIPInput`), '10.0.0.1', { connection }],
    [typed(`${network}.SourcePortInput`), '1234', { connection }],
    [typed(`${network}.DirectSourceIPInput`), '10.0.0.9', { connection }],
    [
      typed(`${network}.DirectSourceIPInput`),
      '1.1.1.1',
      { connection: { sourceAddress: '1.1.1.1' } },
    ],
    [typed(`${network}.DestinationIPInput`), '10.0.0.2', { connection }],
    [typed(`${network}.DestinationPortInput`), '443', { connection }],
    [typed(`${network}.ServerNameInput`), 'shop.example', { connection }],
    [typed(`${network}.SourceTypeInput`), 'local', { connection: { sourceAddress: '127.0.0.1' } }],
    [
      typed(`${network}.SourceTypeInput`),
      'local',
      { connection: { sourceAddress: '::2', destinationAddress: '0:0::2' } },
    ],
    [typed(`${network}.FilterStateInput`, { key: 'k' }), 'v', { filterState: { k: 'v' } }],
  ])('%j gives %j', (input, value, asked) => {
    expect(clusterOf(listOf(single(input, value)), asked)).toBe('yes')
    expect(clusterOf(listOf(single(input, `${value}x`)), asked)).toBeUndefined()
    // What is not there fails, so that its opposite holds.
    expect(
      clusterOf(listOf(single(input, value)), { authority: '', path: '', method: '-' }),
    ).toBeUndefined()
    expect(clusterOf(listOf({ notMatcher: single(input, `${value}x`) }), asked)).toBe('yes')
  })

  test('a peer elsewhere has no source type', () => {
    const input = typed(`${network}.SourceTypeInput`)
    expect(clusterOf(listOf(single(input, 'local')), { connection })).toBeUndefined()
  })

  test('metadata goes through its own matcher', () => {
    const matcher = (invert: boolean): MatcherJson =>
      listOf({
        singlePredicate: {
          input: typed(`${network}.DynamicMetadataInput`, { filter: 'ns', path: [{ key: 'k' }] }),
          customMatch: typed('envoy.extensions.matching.input_matchers.metadata.v3.Metadata', {
            value: { boolMatch: true },
            invert,
          }),
        },
      })
    expect(clusterOf(matcher(false), { metadata: { ns: { k: true } } })).toBe('yes')
    expect(clusterOf(matcher(false), { metadata: { ns: { k: false } } })).toBeUndefined()
    expect(clusterOf(matcher(false))).toBeUndefined()
    expect(clusterOf(matcher(true))).toBe('yes')
  })

  test('those that Envoy refuses in a route table are warned of', () => {
    const warningsOf = (input: ExtensionJson) =>
      compileRoutes(configurationOf(listOf(single(input, 'x')))).warnings.map(
        ({ message }) => message,
      )
    expect(warningsOf(header('a'))).toEqual([])
    expect(warningsOf(typed(`${network}.SourceIPInput`))).toEqual([
      `Envoy refuses ${network}.SourceIPInput in a route table`,
    ])
  })
})

describe('a matcher tree', () => {
  test('an address goes to its longest range, and past exclusive ones once another was asked', () => {
    const range = (addressPrefix: string, prefixLen: number) => ({ addressPrefix, prefixLen })
    const narrow = go('narrow', { path: '/narrow' })
    const matcher: MatcherJson = {
      matcherTree: {
        input: typed(`${network}.SourceIPInput`),
        customMatch: typed('xds.type.matcher.v3.IPMatcher', {
          rangeMatchers: [
            { ranges: [range('10.0.0.0', 8)], onMatch: go('wide') },
            { ranges: [range('10.1.0.0', 16), range('2001:db8::', 32)], onMatch: narrow },
            {
              ranges: [range('10.1.1.0', 24)],
              onMatch: {
                matcher: {
                  matcherTree: { input: header('h'), exactMatchMap: { map: { a: go('a') } } },
                },
              },
            },
            { ranges: [range('10.1.0.0', 17)], exclusive: true, onMatch: go('exclusive') },
          ],
        }),
      },
      onNoMatch: go('none'),
    }
    const from = (sourceAddress: string, more: Partial<PlainRequest> = {}) =>
      clusterOf(matcher, { connection: { sourceAddress }, ...more })
    expect(from('10.2.0.0')).toBe('wide')
    expect(from('10.1.128.1', { path: '/narrow' })).toBe('narrow')
    // An action is final: routes that do not fit end in no route, and ask no wider range.
    expect(from('10.1.128.1')).toBeUndefined()
    expect(from('2001:db8::1', { path: '/narrow' })).toBe('narrow')
    expect(from('10.1.2.3')).toBe('exclusive')
    expect(from('10.1.1.3', { headers: { h: 'a' } })).toBe('a')
    expect(from('10.1.1.3', { path: '/narrow' })).toBe('narrow')
    expect(from('11.0.0.0')).toBe('none')
    expect(from('nonsense')).toBe('none')
    expect(clusterOf(matcher)).toBe('none')
  })

  test('what keeps matching is passed by', () => {
    const matcher: MatcherJson = {
      matcherList: {
        matchers: [
          { predicate: single(header('h'), 'a'), onMatch: { ...go('kept'), keepMatching: true } },
          { predicate: single(header('h'), 'a'), onMatch: go('taken') },
        ],
      },
    }
    expect(clusterOf(matcher, { headers: { h: 'a' } })).toBe('taken')
    expect(compileRoutes(configurationOf(matcher)).warnings).toEqual([
      {
        path: 'virtualHosts[0].matcher.matcherList.matchers[0].onMatch.keepMatching',
        message: 'Envoy refuses keep_matching in a route table',
      },
    ])
  })

  test('the routes of a list are asked in order, and have their places', () => {
    const list = typed('envoy.config.route.v3.RouteList', {
      routes: [routeTo('a', { path: '/a' }), routeTo('rest')],
    })
    const matcher: MatcherJson = {
      matcherTree: {
        input: header('h'),
        exactMatchMap: { map: { x: go('x'), y: { action: list } } },
      },
    }
    const table = compileRoutes(configurationOf(matcher))
    const match = (path: string, h: string) =>
      table.match(request({ authority: 'a', path, headers: { h } }))
    expect(match('/a', 'y')?.cluster).toBe('a')
    expect(match('/b', 'y')?.cluster).toBe('rest')
    expect(match('/a', 'x')?.route.index).toBe(0)
    expect(match('/a', 'y')?.route.index).toBe(1)
    expect(match('/b', 'y')?.route.index).toBe(2)
    expect([...table.clusters].sort()).toEqual(['a', 'rest', 'x'])
  })

  test('an empty one has no route, and TLS is asked for before', () => {
    expect(clusterOf({})).toBeUndefined()
    const table = compileRoutes({
      virtualHosts: [{ name: 'h', domains: ['*'], matcher: {}, requireTls: 'ALL' }],
    })
    expect(table.match(request({ authority: 'a', path: '/' }))?.action.kind).toBe('redirect')
  })

  test('is explained step by step', () => {
    const matcher: MatcherJson = {
      matcherList: {
        matchers: [
          {
            predicate: {
              andMatcher: { predicate: [single(header('h'), 'a'), single(header('i'), 'b')] },
            },
            onMatch: go('no'),
          },
        ],
      },
      onNoMatch: {
        matcher: {
          matcherTree: {
            input: header('h'),
            prefixMatchMap: { map: { '': go('any'), a: go('yes', { path: '/x' }) } },
          },
        },
      },
    }
    const explained = compileRoutes(configurationOf(matcher)).explain(
      request({ authority: 'a', path: '/', headers: { h: 'ab' } }),
    )
    expect(String(explained).split('\n')).toEqual([
      'virtual host host by domain *',
      'virtualHosts[0].matcher.matcherList.matchers[0]: expected (header h exact "a" and header i exact "b"), saw "ab" and nothing',
      'virtualHosts[0].matcher: nothing matched, so that on_no_match counts',
      'virtualHosts[0].matcher.onNoMatch.matcher.matcherTree: header h, saw "ab": "a", then ""',
      'route 2: expected path exact "/x", saw "/"',
      'no route',
    ])
    expect(explained.matcher).toHaveLength(3)
  })

  test('agrees with a reading of the configuration', () => {
    const random = seededRandom(7)
    const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
    const found = new Map<boolean, number>([
      [true, 0],
      [false, 0],
    ])
    for (let c = 0; c < 300; c++) {
      const matcher = drawMatcher(random, 2)
      const table = compileRoutes(configurationOf(matcher))
      for (let i = 0; i < 20; i++) {
        const headers = Object.fromEntries(
          ['h1', 'h2', 'h3']
            .filter(() => random() < 0.75)
            .map((name) => [name, one(matcherValues)]),
        )
        const asked = request({ authority: 'host', path: '/', headers })
        const expected = matcherOracle(matcher, headers)
        const got = table.match(asked)?.cluster
        expect({ c, headers, got }).toEqual({ c, headers, got: expected })
        const explained = table.explain(asked).candidates.some(({ matched }) => matched)
        expect(explained).toBe(got !== undefined)
        found.set(explained, (found.get(explained) ?? 0) + 1)
      }
    }
    expect(found.get(true)).toBeGreaterThan(1000)
    expect(found.get(false)).toBeGreaterThan(1000)
  })
})

describe('faults of a matcher', () => {
  const at = 'virtualHosts[0].matcher'
  test.each<[MatcherJson, string]>([
    [{ onNoMatch: {} }, `${at}.onNoMatch: expected one of matcher, action, got none of them`],
    [{ matcherList: {} }, `${at}.matcherList.matchers: expected at least one matcher, got none`],
    [
      { matcherList: {}, matcherTree: {} },
      `${at}: expected one of matcherList, matcherTree, got matcherList and matcherTree`,
    ],
    [
      { matcherTree: { input: header('a') } },
      `${at}.matcherTree: expected one of exactMatchMap, prefixMatchMap, customMatch`,
    ],
    [
      { matcherTree: { input: header(''), exactMatchMap: {} } },
      `${at}.matcherTree.input.typedConfig.headerName: expected a name`,
    ],
    [
      { matcherTree: { input: header('a'), exactMatchMap: {} } },
      `${at}.matcherTree.exactMatchMap.map: expected at least one entry`,
    ],
    [
      { matcherTree: { exactMatchMap: { map: { a: go('a') } } } },
      `${at}.matcherTree.input.typedConfig: expected an input, one of `,
    ],
    [
      listOf(single(typed('xds.type.matcher.v3.HttpAttributesCelMatchInput'), 'a')),
      'got xds.type.matcher.v3.HttpAttributesCelMatchInput',
    ],
    [
      listOf(
        single(
          typed(`${network}.DynamicMetadataInput`, { filter: 'a', path: [{ key: 'b' }] }),
          'a',
        ),
      ),
      'singlePredicate.valueMatch: expected an input that gives a text, got metadata a b',
    ],
    [
      listOf({
        singlePredicate: {
          input: header('a'),
          customMatch: typed('xds.type.matcher.v3.CelMatcher'),
        },
      }),
      'singlePredicate.customMatch.typedConfig: expected one of envoy.extensions.matching.input_matchers.ip.v3.Ip',
    ],
    [
      listOf({
        singlePredicate: {
          input: header('a'),
          customMatch: typed('envoy.extensions.matching.input_matchers.metadata.v3.Metadata', {
            value: { boolMatch: true },
          }),
        },
      }),
      'expected an input of metadata, got header a',
    ],
    [
      listOf({ singlePredicate: { input: header('a'), valueMatch: { custom: typed('a.B') } } }),
      'valueMatch.custom: not supported',
    ],
    [
      listOf({ orMatcher: { predicate: [single(header('a'), 'b')] } }),
      'orMatcher.predicate: expected at least 2 predicates, got 1',
    ],
    [listOf({}), 'predicate: expected one of singlePredicate, orMatcher, andMatcher, notMatcher'],
    [
      { onNoMatch: { action: typed('a.B') } },
      'action.typedConfig: expected one of envoy.config.route.v3.Route, envoy.config.route.v3.RouteList, got a.B',
    ],
    [
      { onNoMatch: { action: typed('envoy.config.route.v3.Route', { match: { prefx: '/' } }) } },
      `${at}.onNoMatch.action.typedConfig.match.prefx: unknown field`,
    ],
    [
      {
        onNoMatch: {
          action: typed('envoy.config.route.v3.RouteList', {
            routes: [{ match: { prefix: '/' } }],
          }),
        },
      },
      `${at}.onNoMatch.action.typedConfig.routes[0]: expected one of route, redirect`,
    ],
    [
      { onNoMatch: { action: { name: 'a', typedConfig: {} } } },
      "action.typedConfig: expected an object with '@type'",
    ],
    [
      {
        matcherTree: {
          input: header('a'),
          customMatch: typed('xds.type.matcher.v3.ServerNameMatcher', {
            domainMatchers: [{ domains: ['a', 'a', 'a.*', '*b', ''], onMatch: go('a') }],
          }),
        },
      },
      'domains[1]: expected *, *.suffix or a domain of its own, got "a" again',
    ],
    [
      {
        matcherTree: {
          input: header('a'),
          customMatch: typed('xds.type.matcher.v3.IPMatcher', {
            rangeMatchers: [{ ranges: [{ addressPrefix: 'a' }], onMatch: go('a') }],
          }),
        },
      },
      'rangeMatchers[0].ranges[0].addressPrefix: expected an IP address, got "a"',
    ],
  ])('%j', (matcher, expected) => {
    expect(faultsOf(configurationOf(matcher)).join('\n')).toContain(expected)
  })

  test('routes beside a matcher would never be asked', () => {
    const virtualHosts = [{ name: 'a', domains: ['*'], matcher: {}, routes: [routeTo('a')] }]
    expect(faultsOf({ virtualHosts })).toEqual([
      'virtualHosts[0].routes: expected none beside a matcher, got 1',
    ])
  })

  test('nesting has a bound', () => {
    const nested = (depth: number): MatcherJson => {
      let matcher: MatcherJson = {}
      for (let i = 0; i < depth; i++) matcher = { onNoMatch: { matcher } }
      return matcher
    }
    expect(faultsOf(configurationOf(nested(40)))).toEqual([])
    expect(faultsOf(configurationOf(nested(20_000))).join()).toContain(
      'expected at most 100 messages inside each other, got more',
    )
  })
})
