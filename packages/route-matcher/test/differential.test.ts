import { seededRandom } from '@meshwright/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compileRoutes,
  type PlainRequest,
  RouteConfigError,
  type RouteMatchJson,
  type RouteTable,
  request,
  type VirtualHostJson,
} from '../src/index.ts'
import { literalPrefix } from '../src/regex/literal-prefix.ts'
import { queryParameter, queryParameters } from '../src/request/subject.ts'
import { PrefixTrie } from '../src/search/prefix-trie.ts'
import { fuzzRoutes, plantedFaults } from './differential-fuzz.ts'
import { linearMatcher } from './oracle.ts'
import { routeDrawing } from './route-drawing.ts'

describe('the compiled table and a reading of the configuration', () => {
  test.each([1, 3, 4, 13, 60, 150])('agree on every request, with %i routes per host', (routes) => {
    const size = { configurations: 10, routes, requests: 300 }
    const { requests, hits, differences, examples } = fuzzRoutes(seededRandom(routes), size)
    expect(examples).toEqual([])
    expect(differences).toBe(0)
    // Neither all nor none: both answers were compared.
    expect(hits).toBeGreaterThan(requests / 20)
    expect(hits).toBeLessThan(requests * 0.95)
  })

  test('are explained as they match', () => {
    const random = seededRandom(5)
    const draw = routeDrawing(random)
    for (let c = 0; c < 100; c++) {
      const configuration = draw.configuration(20)
      const asked = draw.request()
      const { candidates } = compileRoutes(configuration).explain(request(asked))
      const taken = linearMatcher(configuration)(asked) !== undefined
      expect(candidates.some(({ matched }) => matched)).toBe(taken)
    }
  })

  test.each(Object.entries(plantedFaults))('%s is found', (_, planted) => {
    const size = { configurations: 10, routes: 30, requests: 100 }
    expect(fuzzRoutes(seededRandom(99), size, planted).differences).toBeGreaterThan(0)
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

function placeOf(table: RouteTable, asked: PlainRequest, random: number): string | undefined {
  const match = table.match(request(asked), { random })
  return match === undefined ? undefined : `${match.virtualHost.name}/${match.route.index}`
}

describe('a table with one virtual host replaced', () => {
  test('answers as a table compiled in full does, and leaves the old one as it was', () => {
    const random = seededRandom(7)
    const { configuration, request: draw } = routeDrawing(random)
    let replaced = 0
    for (let c = 0; c < 100; c++) {
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
    expect(replaced).toBeGreaterThan(200)
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

    expect(faultsOf({ name: 'c', domains: ['c'] })).toMatchObject([
      {
        path: 'name',
        message: 'expected the name of one virtual host of this table, got "c"',
      },
    ])
    expect(faultsOf({ name: 'b', domains: ['a', 'x', 'x'], routes })).toMatchObject([
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
    const both = JSON.parse('{ "name": "b", "domains": ["a"], "routes": 5, "nonsense": 1 }')
    expect(faultsOf(both).map(({ path }) => path)).toEqual([
      'virtualHosts[1].routes',
      'virtualHosts[1].nonsense',
      'virtualHosts[1].domains[0]',
    ])
  })
})

describe('one query parameter', () => {
  test('is what the map of all of them has', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '=', '&', '?'), maxLength: 12 })
    fc.assert(
      fc.property(text, text, (path, name) => {
        expect(queryParameter(path, name)).toBe(queryParameters(path).get(name))
      }),
      { numRuns: 5000 },
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

describe('a path ends where its query or fragment begins, whatever a literal says', () => {
  const literals = ['/a', '/a?', '/a?q=1', '/a#', '/a#f', '/a;p']
  const paths = ['/a', '/a?q=1', '/a#f', '/a?x#f', '/a#f?q=1', '/a;p', '/a;p?q=1', '/ab']
  const begins = (path: string, literal: string): boolean => path.startsWith(literal)
  const kinds: readonly {
    readonly name: string
    match(literal: string): RouteMatchJson
    holds(path: string, literal: string): boolean
  }[] = [
    { name: 'prefix', match: (prefix) => ({ prefix }), holds: begins },
    { name: 'path', match: (path) => ({ path }), holds: (path, literal) => path === literal },
    {
      name: 'regex',
      match: (literal) => ({ safeRegex: { regex: `${literal.replace('?', '\\?')}.*` } }),
      holds: begins,
    },
    { name: 'any case', match: (prefix) => ({ prefix, caseSensitive: false }), holds: begins },
  ]

  test.each(
    kinds.flatMap((kind) =>
      [1, 5].flatMap((count) => [false, true].map((ignoring) => ({ ...kind, count, ignoring }))),
    ),
  )('$name, $count routes, path parameters ignored: $ignoring', (it) => {
    const others = Array.from({ length: it.count - 1 }, (_, i) => `/other${i}`)
    const plainOf = (path: string): string =>
      path.replace(/[?#].*/, '').replace(it.ignoring ? /;.*/ : '', '')
    const results = literals.flatMap((literal) => {
      const table = compileRoutes({
        ignorePathParametersInPathMatching: it.ignoring,
        virtualHosts: [
          {
            name: 'x',
            domains: ['*'],
            routes: [...others, literal].map((text) => ({
              match: it.match(text),
              route: { cluster: text },
            })),
          },
        ],
      })
      return paths.map((path) => ({
        literal,
        path,
        taken: table.match(request({ authority: 'x', path })) !== undefined,
        expected: it.holds(plainOf(path), literal),
      }))
    })
    expect(results.filter(({ taken, expected }) => taken !== expected)).toEqual([])
    expect(new Set(results.map(({ taken }) => taken)).size).toBe(2)
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
