import { seededRandom } from '@meshwright/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compileRoutes,
  type PlainRequest,
  RouteConfigError,
  type RouteConfigurationJson,
  type RouteMatchJson,
  type RouteTable,
  request,
  type VirtualHostJson,
} from '../src/index.ts'
import { literalPrefix } from '../src/literal-prefix.ts'
import { PrefixTrie } from '../src/prefix-trie.ts'
import { linearMatcher } from './oracle.ts'

const segments = ['a', 'A', 'ab', 'abc', 'b', 'api', 'v1', 'V1']
const domains = ['*', 'x', 'x.y', '*.y', '*.x.y', 'x.*', '*y', 'x:80']
const authorities = ['x', 'X', 'x.y', 'z.y', 'q.x.y', 'x.q', 'xy', 'y', 'x:80', 'z.y:1']
const values = ['', 'a', 'A', 'ab', 'ba']
const regexes = ['/a.*', '/[ab]+', '/a|/b', '/ab?', '/api/v\\d', '.*c', '^/abc/.*$', '/a+b*']

/** Draws configurations and requests of few letters, so that they meet. */
function generator(random: () => number) {
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const maybe = (share: number) => random() < share
  const path = (most: number) =>
    Array.from({ length: 1 + Math.floor(random() * most) }, () => `/${one(segments)}`).join('')
  const text = () => {
    const kind = one(['exact', 'exact', 'prefix', 'suffix', 'contains'])
    return {
      [kind]: kind === 'exact' ? one(values) : one(['a', 'b', 'A']),
      ...(maybe(0.2) ? { ignoreCase: true } : {}),
    }
  }
  const pathMatch = (): RouteMatchJson => {
    const casing = maybe(0.2) ? { caseSensitive: false } : {}
    const kind = random()
    if (kind < 0.35) return { prefix: maybe(0.2) ? '/' : path(3), ...casing }
    if (kind < 0.65) return { path: path(3), ...casing }
    if (kind < 0.8) return { pathSeparatedPrefix: path(2), ...casing }
    return { safeRegex: { regex: one(regexes) } }
  }
  const header = () => ({
    name: one(['h1', 'h1', 'h2']),
    ...(maybe(0.8) ? { stringMatch: text() } : { presentMatch: maybe(0.7) }),
    ...(maybe(0.2) ? { invertMatch: true } : {}),
    ...(maybe(0.2) ? { treatMissingHeaderAsEmpty: true } : {}),
  })
  const match = (): RouteMatchJson => ({
    ...pathMatch(),
    ...(maybe(0.5)
      ? {
          headers: [
            header(),
            ...(maybe(0.2)
              ? [{ name: ':method', stringMatch: { exact: one(['GET', 'PUT']) } }]
              : []),
          ],
        }
      : {}),
    ...(maybe(0.1)
      ? { queryParameters: [{ name: 'q', ...(maybe(0.5) ? { stringMatch: text() } : {}) }] }
      : {}),
    ...(maybe(0.1) ? { runtimeFraction: { defaultValue: { numerator: one([0, 50, 100]) } } } : {}),
  })
  return {
    configuration: (routes: number): RouteConfigurationJson => ({
      ignorePortInHostMatching: maybe(0.5),
      virtualHosts: domains
        .filter(() => maybe(0.6))
        .map((domain, h) => ({
          name: `h${h}`,
          domains: [domain],
          routes: Array.from({ length: routes }, (_, i) => ({
            match: match(),
            route: { cluster: `h${h}/${i}` },
          })),
        })),
    }),
    request: (): PlainRequest => ({
      authority: one(authorities),
      path: path(4) + (maybe(0.3) ? `?q=${one(values)}` : ''),
      method: one(['GET', 'PUT']),
      headers: {
        ...(maybe(0.6) ? { h1: maybe(0.1) ? [one(values), one(values)] : one(values) } : {}),
        ...(maybe(0.4) ? { h2: one(values) } : {}),
      },
    }),
  }
}

describe('the compiled table and a reading of the configuration', () => {
  test.each([3, 12, 13, 60, 400])('agree on every request, with %i routes per host', (routes) => {
    const random = seededRandom(routes)
    const { configuration, request: draw } = generator(random)
    let hits = 0
    for (let c = 0; c < 20; c++) {
      const config = configuration(routes)
      const table = compileRoutes(config)
      const linear = linearMatcher(config)
      for (let i = 0; i < 100; i++) {
        const [asked, value] = [draw(), Math.floor(random() * 1000)]
        const [expected, got] = [linear(asked, value), placeOf(table, asked, value)]
        if (got !== expected) expect({ asked, value, got }).toEqual({ asked, value, got: expected })
        hits += got === undefined ? 0 : 1
      }
      const [asked, explained] = explainedOf(table, draw())
      expect(explained).toBe(linear(asked) !== undefined)
    }
    // Neither all nor none: both answers were compared.
    expect(hits).toBeGreaterThan(300)
    expect(hits).toBeLessThan(1900)
  })

  test('a planted fault in the order of routes is found', () => {
    const random = seededRandom(99)
    const { configuration, request: draw } = generator(random)
    let differences = 0
    for (let c = 0; c < 20; c++) {
      const config = configuration(40)
      const swapped = {
        ...config,
        virtualHosts: (config.virtualHosts ?? []).map((host) => ({
          ...host,
          routes: (host.routes ?? []).toReversed(),
        })),
      }
      const table = compileRoutes(swapped)
      const linear = linearMatcher(config)
      for (let i = 0; i < 50; i++) {
        const asked = draw()
        if (table.match(request(asked))?.cluster !== linear(asked)) differences++
      }
    }
    expect(differences).toBeGreaterThan(50)
  })
})

/** What two tables with equal answers do not share. */
const functionless = {
  match: undefined,
  explain: undefined,
  answer: undefined,
  predicates: undefined,
  withVirtualHost: undefined,
}

/** Whether the explanation names a route that takes the request. */
function explainedOf(table: RouteTable, asked: PlainRequest): [PlainRequest, boolean] {
  const { candidates } = table.explain(request(asked))
  return [asked, candidates.some(({ matched }) => matched)]
}

function placeOf(table: RouteTable, asked: PlainRequest, random: number): string | undefined {
  const match = table.match(request(asked), { random })
  return match === undefined ? undefined : `${match.virtualHost.name}/${match.route.index}`
}

describe('a table with one virtual host replaced', () => {
  test('answers as a table compiled in full does, and leaves the old one as it was', () => {
    const random = seededRandom(7)
    const { configuration, request: draw } = generator(random)
    let replaced = 0
    for (let c = 0; c < 200; c++) {
      const before = configuration(20)
      const hosts = before.virtualHosts ?? []
      const at = Math.floor(random() * hosts.length)
      const virtualHost = {
        ...hosts[at],
        routes: configuration(20).virtualHosts?.[0]?.routes ?? [],
      }
      if (hosts.length === 0) continue
      const after = { ...before, virtualHosts: hosts.with(at, virtualHost) }
      const [table, full] = [compileRoutes(before), compileRoutes(after)]
      const changed = table.withVirtualHost(virtualHost)
      expect({ ...changed, ...functionless }).toEqual({ ...full, ...functionless })
      const [linearBefore, linearAfter] = [linearMatcher(before), linearMatcher(after)]
      for (let i = 0; i < 40; i++) {
        const asked = draw()
        expect(placeOf(changed, asked, 7)).toBe(linearAfter(asked, 7))
        expect(placeOf(table, asked, 7)).toBe(linearBefore(asked, 7))
        replaced += linearBefore(asked, 7) === linearAfter(asked, 7) ? 0 : 1
      }
    }
    // The replacement mattered often enough to be noticed.
    expect(replaced).toBeGreaterThan(500)
  })

  test('is refused with every fault, at its place in the configuration', () => {
    const routes = [{ match: { prefix: '/' }, route: { cluster: 'c' } }]
    const table = compileRoutes({
      virtualHosts: [
        { name: 'a', domains: ['a'], routes },
        { name: 'b', domains: ['b'], routes },
      ],
    })
    const faultsOf = (virtualHost: VirtualHostJson) => {
      try {
        table.withVirtualHost(virtualHost)
      } catch (error) {
        if (error instanceof RouteConfigError) return error.faults
      }
      return []
    }

    expect(faultsOf({ name: 'c', domains: ['c'] })).toEqual([
      {
        path: 'name',
        message: 'expected the name of a virtual host of this table, got "c"',
      },
    ])
    expect(faultsOf({ name: 'b', domains: ['a', 'x', 'x'], routes })).toEqual([
      {
        path: 'virtualHosts[1].domains[0]',
        message: 'expected a domain of its own, got "a" again',
      },
      {
        path: 'virtualHosts[1].domains[2]',
        message: 'expected a domain of its own, got "x" again',
      },
    ])
    expect(
      faultsOf({ name: 'b', domains: ['b'], routes: [{ match: { safeRegex: { regex: '(' } } }] }),
    ).toHaveLength(2)
    expect(JSON.stringify(faultsOf(JSON.parse('{"name":"b","nonsense":1}')))).toContain(
      'virtualHosts[1].nonsense',
    )
  })
})

describe('the prefix trie', () => {
  test('finds the prefixes of a text and nothing else, the longest first', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'z', 'é'), maxLength: 6 })
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), word, (words, text) => {
        const trie = new PrefixTrie(
          words.map((it) => [it, it] as const),
          (items) => items,
        )
        const found = trie.valuesAlong(text).flat()
        const expected = words
          .filter((it) => text.startsWith(it))
          .sort((x, y) => y.length - x.length)
        expect(found).toEqual(expected)
      }),
    )
  })
})

describe('the literal beginning of a pattern', () => {
  test.each([
    ['/api/v\\d', '/api/v'],
    ['^/abc/.*$', '/abc/'],
    ['/a|/b', ''],
    ['/ab?', '/a'],
    ['/ab*', '/a'],
    ['/ab{2}', '/a'],
    ['/ab+', '/ab'],
    ['(?i)/a', ''],
    ['/a\\.b', '/a.b'],
    ['/a\\Q.\\E', '/a'],
    ['/a[bc]', '/a'],
    ['/a(b)', '/a'],
    ['.*', ''],
    ['', ''],
  ])('of %s is %s', (pattern, expected) => {
    expect(literalPrefix(pattern)).toBe(expected)
  })
})
