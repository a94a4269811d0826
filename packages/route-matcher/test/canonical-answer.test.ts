import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  applyHeaderMutations,
  compileRoutes,
  type HeaderMutations,
  type RouteConfigurationJson,
  request,
} from '../src/index.ts'

/** A list of values per header, as a proxy keeps them. */
function applied(
  levels: readonly HeaderMutations[],
  before: Readonly<Record<string, string>>,
): Record<string, readonly string[]> {
  const values = new Map(Object.entries(before).map(([name, value]) => [name, [value]]))
  const headers = {
    has: (name: string) => values.has(name),
    set: (name: string, value: string) => void values.set(name, [value]),
    append: (name: string, value: string) =>
      void values.set(name, [...(values.get(name) ?? []), value]),
    remove: (name: string) => void values.delete(name),
  }
  // What a template prints depends on the headers as they are when it is evaluated.
  const format = (template: string) =>
    template === '%a%' ? (values.get('a') ?? []).join() : template
  applyHeaderMutations(levels, headers, format)
  return Object.fromEntries([...values].sort())
}

const names = fc.constantFrom('a', 'b', 'c')
const addition = fc.record({
  header: fc.record({ key: names, value: fc.constantFrom('', '1', '2', '%a%') }),
  appendAction: fc.integer({ min: 0, max: 3 }),
  keepEmptyValue: fc.boolean(),
})
const level = fc.record({
  requestHeadersToAdd: fc.array(addition, { maxLength: 4 }),
  requestHeadersToRemove: fc.array(names, { maxLength: 3 }),
})

const configuration: fc.Arbitrary<RouteConfigurationJson> = fc
  .record({
    levels: fc.tuple(level, level, level, level),
    mostSpecificHeaderMutationsWins: fc.boolean(),
  })
  .map(({ levels: [weight, route, host, all], mostSpecificHeaderMutationsWins }) => ({
    ...all,
    mostSpecificHeaderMutationsWins,
    virtualHosts: [
      {
        name: 'a',
        domains: ['*'],
        ...host,
        routes: [
          {
            match: { prefix: '/' },
            ...route,
            route: { weightedClusters: { clusters: [{ name: 'a', weight: 1, ...weight }] } },
          },
        ],
      },
    ],
  }))

test('the mutations of an answer do what those of the match do, on whatever headers', () => {
  const sent = fc.dictionary(names, fc.constantFrom('x', 'y'), { maxKeys: 3 })
  let changed = 0
  fc.assert(
    fc.property(configuration, sent, (given, headers) => {
      const table = compileRoutes(given)
      const match = table.match(request({ authority: 'a', path: '/' }))
      const answer = table.answer(0, 0)
      if (match?.action.kind !== 'cluster' || answer?.kind !== 'cluster')
        throw new Error('no match')
      const wanted = applied(match.action.requestHeaders, headers)
      if (JSON.stringify(wanted) !== JSON.stringify(applied([], headers))) changed += 1
      expect(applied(answer.clusters[0]?.requestHeaders ?? [], headers)).toEqual(wanted)
    }),
    { numRuns: 500 },
  )
  expect(changed).toBeGreaterThan(100)
})

test('a planted mistake comes out: additions sorted by value do something else', () => {
  const sorted = (levels: readonly HeaderMutations[]): HeaderMutations[] =>
    levels.map(({ remove, add }) => ({
      remove,
      add: [...add].sort((one, other) => (one.value < other.value ? -1 : 1)),
    }))
  const differs = fc.check(
    fc.property(configuration, (given) => {
      const match = compileRoutes(given).match(request({ authority: 'a', path: '/' }))
      if (match?.action.kind !== 'cluster') throw new Error('no match')
      const { requestHeaders } = match.action
      expect(applied(sorted(requestHeaders), {})).toEqual(applied(requestHeaders, {}))
    }),
    { numRuns: 500 },
  )
  expect(differs.failed).toBe(true)
})

type Answer = NonNullable<ReturnType<ReturnType<typeof compileRoutes>['answer']>>
type ClusterAnswer = Extract<Answer, { kind: 'cluster' }>

/** Reads an answer and nothing else: the cluster that owns a draw, and where the request goes there. */
function readAnswer(answer: ClusterAnswer, draw: number, path: string) {
  let left = draw % answer.totalWeight
  const choice = answer.clusters.find(({ weight }) => {
    left -= weight
    return left < 0
  })
  const query = path.indexOf('?')
  const plain = query === -1 ? path : path.slice(0, query)
  const rest = path.slice(plain.length)
  const host = choice?.hostRewrite
  return {
    cluster: choice?.cluster,
    path: rewritten(answer.pathRewrite, plain) + rest,
    authority: host?.kind === 'literal' || host?.kind === 'cluster-literal' ? host.value : 'shop',
  }
}

function rewritten(rewrite: ClusterAnswer['pathRewrite'], plain: string): string {
  switch (rewrite?.kind) {
    case 'prefix':
      return rewrite.by + plain.slice(rewrite.strip.length)
    case 'whole':
      return rewrite.by
    case 'regex':
      return plain.replaceAll(new RegExp(rewrite.pattern, 'g'), rewrite.substitution) || plain
    default:
      return plain
  }
}

const pathMatch = fc.constantFrom(
  { prefix: '/' },
  { prefix: '/A', caseSensitive: false },
  { path: '/a/b' },
  { pathSeparatedPrefix: '/a' },
  { safeRegex: { regex: '/a.*' } },
)
const pathRewrite = fc.constantFrom(
  {},
  { prefixRewrite: '/' },
  { prefixRewrite: '/new/' },
  { regexRewrite: { pattern: { regex: '[ab]' }, substitution: 'x' } },
  { regexRewrite: { pattern: { regex: '.+' }, substitution: '' } },
)
const clusterWeight = fc.record(
  {
    name: fc.constantFrom('a', 'b'),
    weight: fc.integer({ min: 0, max: 3 }),
    hostRewriteLiteral: fc.constantFrom('', 'w'),
  },
  { requiredKeys: ['name', 'weight'] },
)
const weightedRoute = fc.record({
  match: pathMatch,
  rewrite: pathRewrite,
  hostRewriteLiteral: fc.constantFrom('', 'r'),
  clusters: fc
    .array(clusterWeight, { minLength: 1, maxLength: 5 })
    .filter((clusters) => clusters.some(({ weight }) => weight > 0)),
})

/** How often the match and what is read of the answer differ, over every draw of a period; and of how many. */
function compare(read: typeof readAnswer): { differing: number; compared: number } {
  let differing = 0
  let compared = 0
  fc.assert(
    fc.property(weightedRoute, ({ match, rewrite, hostRewriteLiteral, clusters }) => {
      const route = { ...rewrite, hostRewriteLiteral, weightedClusters: { clusters } }
      const table = compileRoutes({
        virtualHosts: [{ name: 'a', domains: ['*'], routes: [{ match, route }] }],
      })
      const answer = table.answer(0, 0)
      if (answer?.kind !== 'cluster') throw new Error('expected a cluster')
      const period = clusters.reduce((sum, { weight }) => sum + weight, 0)
      for (const path of ['/a/b', '/a/b?c=/a', '/a']) {
        const asked = request({ authority: 'shop', path })
        for (let random = 0; random < period; random += 1) {
          const found = table.match(asked, { random })
          if (found === undefined) continue
          const { path: newPath, authority } = found.applyToRequest(asked)
          const wanted = { cluster: found.cluster, path: newPath, authority }
          compared += 1
          if (JSON.stringify(read(answer, random, path)) !== JSON.stringify(wanted)) differing += 1
        }
      }
    }),
    { numRuns: 300, seed: 4 },
  )
  return { differing, compared }
}

test('who reads the answer alone sends every draw where the match does', () => {
  const { differing, compared } = compare(readAnswer)
  expect(compared).toBeGreaterThan(1000)
  expect(differing).toBe(0)
})

test('a planted mistake comes out: a reader who is off by one draw sends some elsewhere', () => {
  const { differing } = compare((answer, draw, path) => readAnswer(answer, draw + 1, path))
  expect(differing).toBeGreaterThan(100)
})
