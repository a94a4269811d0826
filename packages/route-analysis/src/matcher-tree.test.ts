import {
  compileRoutes,
  type MatcherJson,
  type MatcherPredicateJson,
  type OnMatchJson,
  type PlainRequest,
  request,
  type StringMatcherJson,
} from '@meshwright/route-matcher'
import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import { analyzeRoutes } from './analyze-routes.ts'
import { diffRoutes } from './diff-routes.ts'
import { findRequests } from './find-requests.ts'
import { overlapOf } from './overlap-of.ts'

type Random = ReturnType<typeof seededRandom>
const pick = <T>(random: Random, of: readonly T[]): T => of[Math.floor(random() * of.length)] as T

const typed = (type: string, fields: object) => ({
  name: 'x',
  typedConfig: { '@type': `type.googleapis.com/${type}`, ...fields },
})
const headerInput = (headerName: string) =>
  typed('envoy.type.matcher.v3.HttpRequestHeaderMatchInput', { headerName })
const sourceInput = typed('envoy.extensions.matching.common_inputs.network.v3.SourceIPInput', {})
const to = (cluster: string, match: object = { prefix: '/' }) => ({ match, route: { cluster } })
const action = (...routes: object[]): OnMatchJson => ({
  action: typed('envoy.config.route.v3.RouteList', { routes }),
})
const one = (cluster: string, match?: object): OnMatchJson => ({
  action: typed('envoy.config.route.v3.Route', to(cluster, match)),
})
const holds = (name: string, valueMatch: StringMatcherJson): MatcherPredicateJson => ({
  singlePredicate: { input: headerInput(name), valueMatch },
})
const list = (...matchers: (readonly [MatcherPredicateJson, OnMatchJson])[]): MatcherJson => ({
  matcherList: { matchers: matchers.map(([predicate, onMatch]) => ({ predicate, onMatch })) },
})
const host = (matcher: MatcherJson) => ({
  virtualHosts: [{ name: 'all', domains: ['*'], matcher }],
})
const analyze = (matcher: MatcherJson) =>
  analyzeRoutes(host(matcher)).routes.map((it) =>
    it.status === 'reachable' ? (it.witness.request.headers ?? it.witness.request.path) : it.status,
  )

describe('a matcher tree is a list of branches', () => {
  test('of predicates, the first that holds', () => {
    const or = {
      orMatcher: { predicate: [holds('x', { exact: 'a' }), holds('x', { exact: 'b' })] },
    }
    const not = { notMatcher: holds('x', { prefix: 'c' }) }

    expect(
      analyze({
        ...list([or, one('a')], [holds('x', { exact: 'b' }), one('b')], [not, one('c')]),
        onNoMatch: one('rest'),
      }),
    ).toEqual([{ x: 'a' }, 'unreachable', '/', { x: 'c' }])
  })

  test('whose action decides, also where none of its routes takes the request', () => {
    const matcher = {
      ...list([holds('x', { prefix: 'a' }), action(to('a', { prefix: '/a' }))]),
      onNoMatch: one('rest', { path: '/b' }),
    }

    expect(analyze(matcher)).toEqual([{ x: 'a' }, '/b'])
    const lost = { prefix: '/b', headers: [{ name: 'x', stringMatch: { exact: 'a' } }] }
    expect(findRequests(host(matcher), { match: lost, cluster: 'rest' }).verdict).toBe('none')
    expect(findRequests(host(matcher), { match: lost, unanswered: true }).verdict).toBe('some')
  })

  test('where a matcher in which nothing matches, or that keeps matching, leaves it to the next', () => {
    const inner = list([holds('y', { exact: '1' }), one('inner')])
    const any = holds('x', { safeRegex: { regex: '.*' } })

    expect(
      analyze(
        list(
          [any, { ...one('kept'), keepMatching: true }],
          [any, { matcher: inner }],
          [any, one('next')],
        ),
      ),
    ).toEqual(['unreachable', { x: '', y: '1' }, { x: '' }])
  })

  test('of the keys of a map: the text, or the longest beginning', () => {
    const exact = { exactMatchMap: { map: { a: one('a'), b: one('b') } } }
    const prefix = { prefixMatchMap: { map: { a: one('a'), ab: one('ab', { path: '/ab' }) } } }

    expect(analyze({ matcherTree: { input: headerInput('x'), ...exact } })).toEqual([
      { x: 'a' },
      { x: 'b' },
    ])
    const byPrefix = { matcherTree: { input: headerInput('x'), ...prefix } }
    expect(analyze(byPrefix)).toEqual([{ x: 'a' }, { x: 'ab' }])
    const longer = { prefix: '/', headers: [{ name: 'x', stringMatch: { exact: 'abc' } }] }
    expect(findRequests(host(byPrefix), { match: longer, cluster: 'a' }).verdict).toBe('none')
  })

  test('of which one route may be in several', () => {
    const domains = typed('xds.type.matcher.v3.ServerNameMatcher', {
      domainMatchers: [
        { domains: ['a.b', '*.c'], onMatch: one('first') },
        { domains: ['*.b.c'], onMatch: one('second') },
        { domains: ['*'], onMatch: one('rest') },
      ],
    })
    const matcher = { matcherTree: { input: headerInput('x'), customMatch: domains } }

    expect(analyze(matcher)).toEqual([
      { x: expect.stringMatching(/^a\.b$|^\.c$/) },
      { x: '.b.c' },
      { x: expect.stringMatching(/^.$/) },
    ])
    const refs = analyzeRoutes(host(matcher)).routes.map(({ ref }) => ref)
    const [first, second] = refs
    if (first === undefined || second === undefined) throw new TypeError('expected routes')
    expect(overlapOf(host(matcher), [first, second]).witness?.request.headers).toEqual({
      x: '.b.c',
    })
    expect(
      analyzeRoutes(host(matcher))
        .partlyShadowed(first)
        .map(({ by }) => by.route),
    ).toEqual([1])
  })

  test('of path and query, and of metadata', () => {
    const metadata = {
      singlePredicate: {
        input: typed('envoy.extensions.matching.common_inputs.network.v3.DynamicMetadataInput', {
          filter: 'f',
          path: [{ key: 'k' }],
        }),
        customMatch: typed('envoy.extensions.matching.input_matchers.metadata.v3.Metadata', {
          value: { boolMatch: true },
          invert: true,
        }),
      },
    }

    expect(
      analyze({
        ...list([holds(':path', { prefix: '/a' }), one('a')], [metadata, one('b')]),
        onNoMatch: one('c'),
      }),
    ).toEqual(['/a', '/', '/'])
  })
})

describe('what the algebra does not hold is unknown for what it touches', () => {
  const ranges = (...prefixes: string[]) =>
    typed('xds.type.matcher.v3.IPMatcher', {
      rangeMatchers: prefixes.map((addressPrefix, index) => ({
        ranges: [{ addressPrefix, prefixLen: 8 }],
        onMatch: one(`range${index}`),
      })),
    })
  const byAddress = (...prefixes: string[]): MatcherJson => ({
    ...list(
      [holds('x', { exact: 'a' }), one('known')],
      [
        holds('x', { exact: 'b' }),
        { matcher: { matcherTree: { input: sourceInput, customMatch: ranges(...prefixes) } } },
      ],
    ),
    onNoMatch: one('rest'),
  })

  test('such as ranges of addresses', () => {
    expect(analyze(byAddress('10.0.0.0', '11.0.0.0'))).toEqual([
      { x: 'a' },
      'unknown',
      'unknown',
      '/',
    ])
    const query = (exact: string) => ({
      cluster: 'rest',
      match: { prefix: '/', headers: [{ name: 'x', stringMatch: { exact } }] },
    })
    const asked = host(byAddress('10.0.0.0'))
    expect(findRequests(asked, query('a')).verdict).toBe('none')
    expect(findRequests(asked, query('b')).verdict).toBe('unknown')
    expect(findRequests(asked, query('c')).verdict).toBe('some')
  })

  test('which equal themselves only', () => {
    const diff = diffRoutes(host(byAddress('10.0.0.0')), host(byAddress('11.0.0.0')))

    expect(diff).toMatchObject({ equivalent: false, classes: [] })
    expect(diff.unknown.map(({ summary }) => summary)).toEqual([
      expect.stringContaining('header x is "b"'),
    ])
    expect(diffRoutes(host(byAddress('10.0.0.0')), host(byAddress('10.0.0.0'))).equivalent).toBe(
      true,
    )
  })
})

const values = [undefined, '', 'a', 'ab', 'b', 'a.b', 'c.a.b', '.b']
const universe: readonly PlainRequest[] = values.flatMap((x) =>
  values.flatMap((y) =>
    ['/', '/a', '/ab', '/b'].map((path) => ({
      authority: 'a',
      path,
      headers: { ...(x === undefined ? {} : { x }), ...(y === undefined ? {} : { y }) },
    })),
  ),
)

function predicate(random: Random, depth: number): MatcherPredicateJson {
  const parts = () => [predicate(random, depth - 1), predicate(random, depth - 1)]
  const kind = depth === 0 ? 0 : Math.floor(random() * 6)
  if (kind === 1) return { orMatcher: { predicate: parts() } }
  if (kind === 2) return { andMatcher: { predicate: parts() } }
  if (kind === 3) return { notMatcher: predicate(random, depth - 1) }
  const text = pick(random, ['a', 'b', 'ab', 'a.b'])
  const how = pick(random, ['exact', 'prefix', 'suffix', 'contains'])
  return holds(pick(random, ['x', 'y', ':path']), { [how]: text })
}

function onMatch(random: Random, depth: number): OnMatchJson {
  const keepMatching = random() < 0.1 ? { keepMatching: true } : {}
  if (depth > 0 && random() < 0.4) return { matcher: matcher(random, depth - 1), ...keepMatching }
  const route = () => to(pick(random, ['one', 'two']), { prefix: pick(random, ['/', '/', '/a']) })
  return { ...(random() < 0.5 ? action(route()) : action(route(), route())), ...keepMatching }
}

function matcher(random: Random, depth: number): MatcherJson {
  const onNoMatch = random() < 0.4 ? { onNoMatch: onMatch(random, depth) } : {}
  const input = headerInput(pick(random, ['x', 'y']))
  const map = (keys: readonly string[]) => ({
    map: Object.fromEntries(
      keys
        .filter((_, at) => at === 0 || random() < 0.5)
        .map((key) => [key, onMatch(random, depth)]),
    ),
  })
  const texts = ['a', 'ab', '', 'b', 'a.b']
  switch (Math.floor(random() * 4)) {
    case 0:
      return { matcherTree: { input, exactMatchMap: map(texts) }, ...onNoMatch }
    case 1:
      return { matcherTree: { input, prefixMatchMap: map(texts) }, ...onNoMatch }
    case 2: {
      const domains = ['*.b', 'a.b', '*', 'ab', '*.a.b'].filter(
        (_, at) => at === 0 || random() < 0.5,
      )
      const domainMatchers = [domains.slice(0, 2), domains.slice(2)]
        .filter(({ length }) => length > 0)
        .map((some) => ({ domains: some, onMatch: onMatch(random, depth) }))
      const customMatch = typed('xds.type.matcher.v3.ServerNameMatcher', { domainMatchers })
      return { matcherTree: { input, customMatch }, ...onNoMatch }
    }
    default: {
      const fields = Array.from(
        { length: 1 + Math.floor(random() * 3) },
        () => [predicate(random, 2), onMatch(random, depth)] as const,
      )
      return { ...list(...fields), ...onNoMatch }
    }
  }
}

const has = { contains: 'b' }
const trials = 60

test(`${trials} random trees do with every request of a small universe what is proven`, {
  timeout: 120_000,
}, () => {
  const random = seededRandom(11)
  const seen = { hit: 0, unreachable: 0, equivalent: 0, different: 0 }
  for (let trial = 0; trial < trials; trial++) {
    const [before, after] = [host(matcher(random, 2)), host(matcher(random, 2))]
    const tables = [before, after].map((it) => compileRoutes(it))
    const hit = new Set<number>()
    let differing = 0
    for (const plain of universe) {
      const [old, young] = tables.map((table) => table.match(request(plain)))
      if (old !== undefined) hit.add(old.route.index)
      if (old?.cluster !== young?.cluster) differing++
    }
    const findings = analyzeRoutes(before).routes
    const proven = findings.filter(({ status }) => status === 'unreachable')
    const told = JSON.stringify(before)
    expect(
      findings.map(({ ref }) => ref.route),
      told,
    ).toEqual(findings.map((_, index) => index))
    expect(
      proven.filter(({ ref }) => hit.has(ref.route)),
      told,
    ).toEqual([])
    const { classes, equivalent } = diffRoutes(before, after)
    if (differing > 0) expect(equivalent, `${told} ${JSON.stringify(after)}`).toBe(false)
    for (const { witness } of classes) {
      const [old, young] = tables.map((table) => table.match(request(witness.request)))
      expect(old?.cluster, told).not.toBe(young?.cluster)
    }
    const all = { orMatcher: { predicate: [holds('y', has), { notMatcher: holds('y', has) }] } }
    const wrapped = list([all, { matcher: before.virtualHosts[0]?.matcher ?? {} }])
    expect(diffRoutes(before, host(wrapped)).equivalent, told).toBe(true)
    seen.equivalent++
    seen.hit += hit.size
    seen.unreachable += proven.length
    seen.different += differing
  }
  expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(0)
})
