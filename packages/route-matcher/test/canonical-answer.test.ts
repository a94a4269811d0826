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
