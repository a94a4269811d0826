import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compileRoutes,
  type MetadataMatcherJson,
  type RouteMatchJson,
  request,
  type TlsContextJson,
  type ValueMatcherJson,
} from '../src/index.ts'
import { parseIpAddress } from '../src/request/ip-address.ts'
import { configurationOf, faultsOf, passes } from './route-tables.ts'

describe('the TLS of a request', () => {
  const tls = (presented: boolean, validated: boolean) => ({ tls: { presented, validated } })

  test.each<[TlsContextJson, boolean[]]>([
    [{}, [true, true, true, true]],
    [{ presented: true }, [false, false, true, true]],
    [{ presented: false }, [true, true, false, false]],
    [{ validated: true }, [false, false, false, true]],
    [{ validated: false }, [true, true, true, false]],
    [{ presented: true, validated: false }, [false, false, true, false]],
  ])('%j passes none, no certificate, one, and a validated one as %j', (tlsContext, expected) => {
    const match = { prefix: '/', tlsContext }
    expect(
      [{}, tls(false, false), tls(true, false), tls(true, true)].map((it) => passes(match, it)),
    ).toEqual(expected)
  })

  test('shows in an explanation', () => {
    const table = compileRoutes(configurationOf({ prefix: '/', tlsContext: { validated: true } }))
    const asked = { authority: 'host', path: '/', ...tls(true, false) }
    expect(String(table.explain(request(asked)))).toContain(
      'expected client certificate validated, saw a certificate that was not validated',
    )
  })
})

describe('dynamic metadata', () => {
  const metadata = {
    ns: {
      text: 'blue',
      number: 1.5,
      zero: 0,
      no: false,
      yes: true,
      nil: null,
      list: ['a', 1, [2]],
      deep: { key: { text: 'x' } },
    },
  }
  const matcher = (path: string[], value: ValueMatcherJson, invert = false): RouteMatchJson => ({
    prefix: '/',
    dynamicMetadata: [{ filter: 'ns', path: path.map((key) => ({ key })), value, invert }],
  })

  test.each<[string[], ValueMatcherJson, boolean]>([
    [['text'], { stringMatch: { exact: 'blue' } }, true],
    [['text'], { stringMatch: { prefix: 'bl' } }, true],
    [['text'], { stringMatch: { safeRegex: { regex: 'b.+' } } }, true],
    [['text'], { stringMatch: { exact: 'BLUE', ignoreCase: true } }, true],
    [['text'], { stringMatch: { exact: 'red' } }, false],
    [['number'], { stringMatch: { exact: '1.5' } }, false],
    [['number'], { doubleMatch: { exact: 1.5 } }, true],
    [['number'], { doubleMatch: { range: { start: 1.5, end: 2 } } }, true],
    [['number'], { doubleMatch: { range: { start: 1, end: 1.5 } } }, false],
    [['zero'], { doubleMatch: { exact: 0 } }, true],
    [['text'], { doubleMatch: { exact: 0 } }, false],
    [['yes'], { boolMatch: true }, true],
    [['no'], { boolMatch: false }, true],
    [['zero'], { boolMatch: false }, false],
    [['nil'], { nullMatch: {} }, true],
    [['gone'], { nullMatch: {} }, false],
    [['nil'], { presentMatch: true }, true],
    [['deep'], { presentMatch: true }, true],
    [['gone'], { presentMatch: true }, false],
    [['gone'], { presentMatch: false }, false],
    [['text'], { presentMatch: false }, false],
    [['list'], { listMatch: { oneOf: { stringMatch: { exact: 'a' } } } }, true],
    [['list'], { listMatch: { oneOf: { doubleMatch: { exact: 2 } } } }, false],
    [
      ['list'],
      { listMatch: { oneOf: { listMatch: { oneOf: { doubleMatch: { exact: 2 } } } } } },
      true,
    ],
    [['text'], { listMatch: { oneOf: { stringMatch: { exact: 'blue' } } } }, false],
    [
      ['text'],
      { orMatch: { valueMatchers: [{ boolMatch: true }, { stringMatch: { exact: 'blue' } }] } },
      true,
    ],
    [['yes'], { orMatch: { valueMatchers: [{ boolMatch: false }, { nullMatch: {} }] } }, false],
    [['deep', 'key', 'text'], { stringMatch: { exact: 'x' } }, true],
    [['deep', 'text'], { presentMatch: true }, false],
    [['text', 'length'], { presentMatch: true }, false],
    [['list', '0'], { presentMatch: true }, false],
    [['constructor'], { presentMatch: true }, false],
    [['__proto__'], { presentMatch: true }, false],
  ])('at %j, %j is %s, and inverted the opposite', (path, value, expected) => {
    expect(passes(matcher(path, value), { metadata })).toBe(expected)
    expect(passes(matcher(path, value, true), { metadata })).toBe(!expected)
  })

  test('of another namespace, or without any, is not there', () => {
    const match = matcher(['text'], { presentMatch: true })
    expect(passes(match, { metadata: { other: metadata.ns } })).toBe(false)
    expect(passes(match)).toBe(false)
    const table = compileRoutes(configurationOf(match))
    const bare = {
      authority: 'x',
      path: '/',
      method: 'GET',
      scheme: 'http',
      header: () => undefined,
    }
    expect(table.match(bare)).toBeUndefined()
  })

  test.each<[MetadataMatcherJson, string]>([
    [{ path: [{ key: 'a' }], value: { boolMatch: true } }, 'filter: expected a namespace'],
    [{ filter: 'a', value: { boolMatch: true } }, 'path: expected at least one key'],
    [{ filter: 'a', path: [{}], value: { boolMatch: true } }, 'path[0].key: expected a key'],
    [{ filter: 'a', path: [{ key: 'b' }] }, 'value: expected one of nullMatch'],
    [
      { filter: 'a', path: [{ key: 'b' }], value: { boolMatch: true, presentMatch: true } },
      'got boolMatch and presentMatch',
    ],
    [
      { filter: 'a', path: [{ key: 'b' }], value: { doubleMatch: {} } },
      'value.doubleMatch: expected one of range, exact',
    ],
    [
      {
        filter: 'a',
        path: [{ key: 'b' }],
        value: { orMatch: { valueMatchers: [{ boolMatch: true }] } },
      },
      'valueMatchers: expected at least 2 matchers, got 1',
    ],
    [
      { filter: 'a', path: [{ key: 'b' }], value: { listMatch: {} } },
      'listMatch.oneOf: expected a matcher',
    ],
  ])('%j is a fault', (broken, expected) => {
    const match = { prefix: '/', dynamicMetadata: [broken] }
    expect(faultsOf(configurationOf(match)).join()).toContain(`match.dynamicMetadata[0].`)
    expect(faultsOf(configurationOf(match)).join()).toContain(expected)
  })
})

describe('filter state', () => {
  const text: RouteMatchJson = {
    prefix: '/',
    filterState: [{ key: 'k', stringMatch: { prefix: 'v' } }],
  }
  const address = (ranges: [string, number][], invertMatch = false): RouteMatchJson => ({
    prefix: '/',
    filterState: [
      {
        key: 'k',
        addressMatch: {
          ranges: ranges.map(([addressPrefix, prefixLen]) => ({ addressPrefix, prefixLen })),
          invertMatch,
        },
      },
    ],
  })

  test('is matched as a string', () => {
    expect(passes(text, { filterState: { k: 'value' } })).toBe(true)
    expect(passes(text, { filterState: { k: 'other' } })).toBe(false)
    expect(passes(text, { filterState: { j: 'value' } })).toBe(false)
    expect(passes(text)).toBe(false)
  })

  test.each<[string, boolean]>([
    ['10.1.2.3', true],
    ['10.1.2.3:8080', true],
    ['11.1.2.3', false],
    ['192.168.0.1', true],
    ['192.168.0.2', false],
    ['2001:db8::1', true],
    ['[2001:db8::1]:443', true],
    ['2001:db9::1', false],
    ['::ffff:10.1.2.3', false],
  ])('as an address %s is in the ranges: %s, and inverted the opposite', (it, expected) => {
    const ranges: [string, number][] = [
      ['10.99.0.0', 8],
      ['192.168.0.1', 32],
      ['2001:db8::', 32],
    ]
    expect(passes(address(ranges), { filterState: { k: it } })).toBe(expected)
    expect(passes(address(ranges, true), { filterState: { k: it } })).toBe(!expected)
  })

  test.each([
    '',
    'x',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1::2::3',
    ':::',
    '12345::',
    '1:2:3:4:5:6:7:8:9',
  ])('%j is no address, in no range and outside none', (it) => {
    expect(
      passes(
        address([
          ['0.0.0.0', 0],
          ['::', 0],
        ]),
        { filterState: { k: it } },
      ),
    ).toBe(false)
    expect(passes(address([['1.0.0.0', 8]], true), { filterState: { k: it } })).toBe(false)
  })

  test('a range of no bits holds its whole family', () => {
    expect(passes(address([['0.0.0.0', 0]]), { filterState: { k: '8.8.8.8' } })).toBe(true)
    expect(passes(address([['0.0.0.0', 0]]), { filterState: { k: '::1' } })).toBe(false)
  })

  test('faults of ranges and members have their places', () => {
    expect(
      faultsOf(
        configurationOf(
          address([
            ['x', 8],
            ['1.2.3.4', 33],
            ['::', 129],
          ]),
        ),
      ),
    ).toEqual([
      'virtualHosts[0].routes[0].match.filterState[0].addressMatch.ranges[0].addressPrefix: expected an IP address, got "x"',
      'virtualHosts[0].routes[0].match.filterState[0].addressMatch.ranges[1].prefixLen: expected at most 32, got 33',
      'virtualHosts[0].routes[0].match.filterState[0].addressMatch.ranges[2].prefixLen: expected at most 128, got 129',
    ])
    expect(faultsOf(configurationOf({ prefix: '/', filterState: [{}] }))).toEqual([
      'virtualHosts[0].routes[0].match.filterState[0].key: expected a key, got none',
      'virtualHosts[0].routes[0].match.filterState[0]: expected one of stringMatch, addressMatch, got none of them',
    ])
  })

  test('addresses are read as they are written, IPv6 in every short form', () => {
    fc.assert(
      fc.property(fc.ipV4(), (it) => {
        const bytes = it.split('.').map(Number)
        expect(parseIpAddress(it)).toEqual({
          version: 4,
          bits: BigInt(`0x${Buffer.from(bytes).toString('hex')}`),
        })
      }),
    )
    fc.assert(
      fc.property(fc.ipV6(), (it) => {
        // The URL parser is another reader of addresses; it gives each its one canonical form.
        const canonical = (text: string) => new URL(`http://[${text}]`).hostname.slice(1, -1)
        expect(parseIpAddress(it)).toEqual(parseIpAddress(canonical(it)))
        expect(parseIpAddress(it)?.version).toBe(6)
      }),
    )
    expect(parseIpAddress('2001:db8::1:2')?.bits).toBe(0x20010db8000000000000000000010002n)
    expect(parseIpAddress('::1.2.3.4')?.bits).toBe(0x01020304n)
  })
})

describe('a runtime fraction with a key', () => {
  const match: RouteMatchJson = {
    prefix: '/',
    runtimeFraction: {
      runtimeKey: 'share',
      defaultValue: { numerator: 500_000, denominator: 'MILLION' },
    },
  }
  const share = (value: number | undefined) => ({
    runtime: (key: string) => (key === 'share' ? value : 99),
  })

  test.each<[number | undefined, number, boolean]>([
    [undefined, 499_999, true],
    [undefined, 500_000, false],
    [0, 0, false],
    [1, 100, true],
    [1, 101, false],
    [100, 99, true],
    [101, 99, true],
    [4_000_000_000, 99, true],
    [-1, 499_999, true],
    [0.5, 500_000, false],
    [Number.NaN, 499_999, true],
  ])('set to %s, a draw of %s passes: %s', (value, random, expected) => {
    expect(passes(match, {}, { random, ...share(value) })).toBe(expected)
  })

  test('is its default where nobody knows of runtime keys', () => {
    expect(passes(match, {}, { random: 499_999 })).toBe(true)
    expect(passes(match, {}, { random: 500_000 })).toBe(false)
  })
})

describe('a header for the virtual host', () => {
  const hosts = [
    {
      name: 'a',
      domains: ['a.example'],
      routes: [{ match: { prefix: '/' }, route: { cluster: 'a' } }],
    },
    {
      name: 'rest',
      domains: ['*'],
      routes: [{ match: { prefix: '/' }, route: { cluster: 'rest' } }],
    },
  ]
  const table = compileRoutes({
    vhostHeader: 'X-Host',
    virtualHosts: hosts,
    ignorePortInHostMatching: true,
  })
  const clusterOf = (headers: Record<string, string | string[]>) =>
    table.match(request({ authority: 'a.example', path: '/', headers }))?.cluster

  test('takes the place of the authority', () => {
    expect(clusterOf({ 'x-host': 'A.example:80' })).toBe('a')
    expect(clusterOf({ 'x-host': 'b.example' })).toBe('rest')
    expect(clusterOf({ 'x-host': ['a.example', 'b.example'] })).toBe('a')
    expect(clusterOf({ 'x-host': '' })).toBe('rest')
  })

  test('is what an explanation names', () => {
    const alone = compileRoutes({ vhostHeader: 'x-host', virtualHosts: hosts.slice(0, 1) })
    const asked = request({ authority: 'a.example', path: '/', headers: { 'x-host': 'b' } })
    expect(String(alone.explain(asked))).toBe('no route: no domain fits "b"')
  })

  test('must be there, unless there is but one host, and for everything', () => {
    expect(clusterOf({})).toBeUndefined()
    const [, rest] = hosts
    const alone = compileRoutes({ vhostHeader: 'x-host', virtualHosts: rest ? [rest] : [] })
    expect(alone.match(request({ authority: 'a', path: '/' }))?.cluster).toBe('rest')
  })
})
