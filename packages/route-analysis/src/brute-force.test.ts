import {
  type HeaderMatcherJson,
  type PlainRequest,
  type Request,
  type RouteConfigurationJson,
  type RouteJson,
  type RouteMatchJson,
  type RouteTable,
  request,
  type StringMatcherJson,
} from '@meshwright/route-matcher'
import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import { analyzeModel } from './analyze-routes.ts'
import { diffModel } from './diff-routes.ts'
import { RouteAnalysisError } from './errors.ts'
import { exact, type Language, union } from './language/language.ts'
import { type Universes, universes } from './language/universes.ts'
import { always } from './model/formulas.ts'
import { type Model, readModel } from './model/read-model.ts'
import type { Rule } from './model/rule.ts'
import type { Outcome } from './outcome.ts'
import type { RouteAnalysis } from './route-analysis.ts'
import type { RouteDiff } from './route-diff.ts'

// A universe so small that every request of it can be put to the matcher: what the analysis proves of all requests is
// compared with what all of them do.

const paths = ['/']
for (let from = 0; (paths[from]?.length ?? 9) < 4; from++) {
  for (const letter of 'aB/') paths.push(`${paths[from]}${letter}`)
}
const values = ['', 'a', 'b']
const methods = ['GET', 'PUT', 'CONNECT', 'OPTIONS']
const oneOf = (texts: readonly string[]): Language => union(...texts.map((text) => exact(text)))
const tiny = {
  ...universes,
  requestPaths: oneOf(paths),
  headerValues: oneOf(values),
  queryValues: oneOf(values),
  cookieValues: oneOf(values),
  methods: oneOf(methods),
}
/** Numerators of the fractions, and a draw of each region between them with its width. */
const numerators = [0, 30, 60, 100]
const draws: readonly (readonly [number, number])[] = [
  [0, 30],
  [30, 30],
  [60, 40],
]

type Random = ReturnType<typeof seededRandom>
const pick = <T>(random: Random, of: readonly T[]): T => of[Math.floor(random() * of.length)] as T

/** What the requests of one trial differ in, beyond path, method and draw. */
const extras = ['x-one', 'x-two', 'query', 'cookie', 'tls'] as const
type Extra = (typeof extras)[number]

function stringMatch(random: Random): StringMatcherJson {
  return pick<StringMatcherJson>(random, [
    { exact: 'a' },
    { exact: 'B', ignoreCase: true },
    { prefix: 'a' },
    { suffix: 'b' },
    { contains: 'a' },
    { safeRegex: { regex: 'a|b' } },
    { safeRegex: { regex: '.?' } },
    { exact: '' },
  ])
}

function header(name: string, random: Random): HeaderMatcherJson {
  const value = pick<HeaderMatcherJson>(random, [
    { stringMatch: stringMatch(random) },
    { stringMatch: stringMatch(random) },
    { presentMatch: random() < 0.5 },
    { exactMatch: pick(random, values) },
    { rangeMatch: { start: 0, end: 9 } },
  ])
  return {
    name,
    ...value,
    ...(random() < 0.3 ? { invertMatch: true } : {}),
    ...(random() < 0.3 ? { treatMissingHeaderAsEmpty: true } : {}),
  }
}

function pathMatch(random: Random): RouteMatchJson {
  const text = pick(random, paths)
  const insensitive = random() < 0.2 ? { caseSensitive: false } : {}
  return pick<() => RouteMatchJson>(random, [
    () => ({ prefix: text, ...insensitive }),
    () => ({ prefix: '/', ...insensitive }),
    () => ({ path: text, ...insensitive }),
    () => ({ pathSeparatedPrefix: `${text}a`, ...insensitive }),
    () => ({ safeRegex: { regex: pick(random, ['/a.*', '.*B', '/[^a]*', '/(a|B)?', '.*']) } }),
    () => ({ connectMatcher: {} }),
  ])()
}

function match(asked: readonly Extra[], random: Random): RouteMatchJson {
  const path = pathMatch(random)
  const conditions = asked.filter(() => random() < 0.6).map((extra) => condition(extra, random))
  if (random() < 0.2) conditions.push({ headers: [header(':method', random)] })
  if (random() < 0.1) {
    const stringMatch = { [pick(random, ['exact', 'prefix'])]: pick(random, paths) }
    conditions.push({ headers: [{ name: ':path', stringMatch }] })
  }
  if (random() < 0.2) {
    const defaultValue = { numerator: pick(random, numerators) }
    conditions.push({ runtimeFraction: { defaultValue } })
  }
  const headers = conditions.flatMap((it) => it.headers ?? [])
  return Object.assign({}, path, ...conditions, headers.length === 0 ? {} : { headers })
}

function condition(extra: Extra, random: Random): RouteMatchJson {
  switch (extra) {
    case 'x-one':
    case 'x-two':
      return { headers: [header(extra, random)] }
    case 'query': {
      const asks =
        random() < 0.7 ? { stringMatch: stringMatch(random) } : { presentMatch: random() < 0.5 }
      return { queryParameters: [{ name: 'q', ...asks }] }
    }
    case 'cookie': {
      const invertMatch = random() < 0.3
      return { cookies: [{ name: 'c', stringMatch: stringMatch(random), invertMatch }] }
    }
    case 'tls':
      return { tlsContext: { [pick(random, ['presented', 'validated'])]: random() < 0.5 } }
  }
}

function routes(asked: readonly Extra[], random: Random): RouteJson[] {
  return Array.from({ length: 1 + Math.floor(random() * 6) }, () => ({
    match: match(asked, random),
    route: { cluster: pick(random, ['one', 'two', 'three']) },
  }))
}

function configuration(list: readonly RouteJson[], requireTls: string): RouteConfigurationJson {
  return { virtualHosts: [{ name: 'all', domains: ['*'], routes: list, requireTls }] }
}

/** Every request of the tiny universe, the cheapest first. */
function everyRequest({ asked, before, after }: Trial): readonly PlainRequest[] {
  let found: readonly PlainRequest[] = [
    ...paths.flatMap((path) => methods.map((method) => ({ authority: 'a', path, method }))),
    { authority: 'a', path: '*', method: 'OPTIONS' },
    { authority: 'a', path: '', method: 'CONNECT' },
  ]
  found = found.flatMap((plain) => [plain, ...withQueries(plain, asked)])
  if (asked.includes('x-one')) found = found.flatMap((plain) => withHeader(plain, 'x-one', ''))
  if (asked.includes('x-two')) found = found.flatMap((plain) => withHeader(plain, 'x-two', ''))
  if (asked.includes('cookie')) found = found.flatMap((plain) => withHeader(plain, 'cookie', 'c='))
  if (JSON.stringify([before, after]).includes('"ALL"')) {
    found = found.flatMap((plain) => [plain, { ...plain, scheme: 'https' }])
  }
  if (asked.includes('tls')) {
    const certificates = [false, true].map((validated) => ({ presented: true, validated }))
    found = found.flatMap((plain) => [plain, ...certificates.map((tls) => ({ ...plain, tls }))])
  }
  return [...found].sort((a, b) => costOf(a) - costOf(b))
}

function withQueries(plain: PlainRequest, asked: readonly Extra[]): readonly PlainRequest[] {
  if (!plain.path.startsWith('/')) return []
  const queries = asked.includes('query') ? ['', 'q', 'q=a', 'q=b'] : ['']
  return queries.map((query) => ({ ...plain, path: `${plain.path}?${query}` }))
}

function withHeader(plain: PlainRequest, name: string, start: string): readonly PlainRequest[] {
  const given = values.map((value) => ({
    ...plain,
    headers: { ...plain.headers, [name]: `${start}${value}` },
  }))
  return [plain, ...given]
}

function costOf({ path, headers = {} }: PlainRequest): number {
  return path.length * 100 + Object.keys(headers).length
}

function tell({ shares }: Outcome): string {
  return shares
    .map(({ share, answer }) => {
      const what = answer?.kind === 'cluster' ? answer.clusters[0]?.cluster : answer?.kind
      return `${what} ${share}`
    })
    .sort()
    .join()
}

interface Trial {
  readonly asked: readonly Extra[]
  readonly before: RouteConfigurationJson
  readonly after: RouteConfigurationJson
}

function trial(seed: number): Trial {
  const random = seededRandom(seed)
  const asked = extras.filter(() => random() < 0.3).slice(0, 2)
  const list = routes(asked, random)
  const changed = pick<() => RouteJson[]>(random, [
    () => routes(asked, random),
    () => list.toReversed(),
    () => list.toSpliced(Math.floor(random() * list.length), 1),
    () => [...list, ...routes(asked, random)],
    () => {
      const at = Math.floor(random() * list.length)
      const both = list.slice(at, at + 2).toReversed()
      return list.toSpliced(at, 2, ...both)
    },
  ])()
  const requireTls = pick(random, ['NONE', 'NONE', 'NONE', 'NONE', 'ALL'])
  return {
    asked,
    before: configuration(list, requireTls),
    after: configuration(changed, requireTls),
  }
}

/** Spoils a model, to see that it is noticed. */
type Fault = (model: Model) => Model

function models({ before, after }: Trial, fault: Fault = (it) => it, universe: Universes = tiny) {
  const also = { universes: universe }
  return {
    one: fault(readModel([before], {}, also)),
    two: fault(readModel([before, after], {}, also)),
  }
}

/** What all requests say: the cost of the cheapest for each route, and for each change of outcomes. */
interface Truth {
  readonly reached: ReadonlyMap<number, number>
  readonly changes: ReadonlyMap<string, number>
}

function truthOf(given: Trial, tables: readonly RouteTable[]): Truth {
  const reached = new Map<number, number>()
  const changes = new Map<string, number>()
  for (const plain of everyRequest(given)) {
    const asked = request(plain)
    for (const [random] of draws) {
      const route = tables[0]?.match(asked, { random })?.route.index
      if (route !== undefined && !reached.has(route)) reached.set(route, costOf(plain))
    }
    const [old = '', young = ''] = tables.map((table) => outcomeOf(asked, table))
    const change = `${old} > ${young}`
    if (old !== young && !changes.has(change)) changes.set(change, costOf(plain))
  }
  return { reached, changes }
}

function outcomeOf(asked: Request, table: RouteTable): string {
  const shares = new Map<string, number>()
  for (const [random, width] of draws) {
    const match = table.match(asked, { random })
    const name = match?.cluster ?? match?.action.kind ?? 'undefined'
    shares.set(name, (shares.get(name) ?? 0) + width)
  }
  const parts = [...shares].map(([name, width]) => `${name} ${width / 100}`)
  return parts.sort().join()
}

/** What the analysis says of a trial that all requests of its universe contradict. */
function contradictions(given: Trial, { one, two } = models(given)): readonly string[] {
  const truth = truthOf(
    given,
    two.sides.map(({ table }) => table),
  )
  return [...falseFindings(analyzeModel(one), truth), ...falseClasses(diffModel(two), truth)]
}

function falseFindings({ routes: findings }: RouteAnalysis, { reached }: Truth): string[] {
  return findings.flatMap((finding) => {
    const expected = reached.get(finding.ref.route) ?? 'unreachable'
    const got = finding.status === 'reachable' ? costOf(finding.witness.request) : finding.status
    if (got === expected || got === 'unknown') return []
    return [`route ${finding.ref.route}: expected ${expected}, got ${got}`]
  })
}

function falseClasses(diff: RouteDiff, { changes }: Truth): string[] {
  const sure = diff.unknown.length === 0
  const found: string[] = []
  const told = new Set<string>()
  for (const { before, after, witness } of diff.classes) {
    const change = `${tell(before)} > ${tell(after)}`
    told.add(change)
    const [expected, got] = [changes.get(change), costOf(witness.request)]
    if (expected === undefined || (sure && expected !== got)) {
      found.push(`${change}: expected ${expected}, got ${got}`)
    }
  }
  const missed = [...changes.keys()].filter((change) => sure && !told.has(change))
  found.push(...missed.map((change) => `${change}: missed`))
  if (diff.equivalent && changes.size > 0) found.push('equivalent, which it is not')
  return found
}

const trials = Number(process.env['BRUTE_FORCE_TRIALS'] ?? 60)
const firstSeed = Number(process.env['BRUTE_FORCE_SEED'] ?? 1)

describe(`${trials} random configurations, every request of a tiny universe`, () => {
  test('confirm every verdict, witness and class', { timeout: 3_600_000 }, () => {
    const seen = { reachable: 0, unreachable: 0, unknown: 0, equivalent: 0, different: 0 }
    for (let seed = firstSeed; seed < firstSeed + trials; seed++) {
      const given = trial(seed)
      expect(contradictions(given), `seed ${seed}: ${JSON.stringify(given)}`).toEqual([])
      const { one, two } = models(given)
      for (const { status } of analyzeModel(one).routes) seen[status]++
      seen[diffModel(two).equivalent ? 'equivalent' : 'different']++
    }
    for (const [what, count] of Object.entries(seen)) {
      expect(count, `${what} of ${trials}`).toBeGreaterThan(what === 'unknown' ? -1 : trials / 20)
    }
  })
})

/** How many of the first trials notice a fault: by a contradiction, or by the matcher's word against a witness. */
function noticed(fault: Fault | undefined, universe: Universes): number {
  return Array.from({ length: 12 }, (_, index) => trial(index + 1)).filter((given) => {
    try {
      return contradictions(given, models(given, fault, universe)).length > 0
    } catch (error) {
      if (error instanceof RouteAnalysisError) return true
      throw error
    }
  }).length
}

const withRules =
  (change: (rules: readonly Rule[]) => readonly Rule[]): Fault =>
  (model) => ({
    ...model,
    sides: model.sides.map((side) => ({ ...side, rules: side.rules.map(change) })),
  })
const faults: Readonly<Record<string, readonly [Fault | undefined, Universes]>> = {
  'the first rule of a list is skipped': [withRules((rules) => rules.slice(1)), tiny],
  'the last rule of a list is skipped': [withRules((rules) => rules.slice(0, -1)), tiny],
  'rules are taken in the wrong order': [withRules((rules) => rules.toReversed()), tiny],
  'a condition is taken to hold always': [
    withRules((rules) =>
      rules.map((rule, at) => (at === 1 ? { ...rule, condition: always } : rule)),
    ),
    tiny,
  ],
  'a path is missing among the cells': [
    undefined,
    { ...tiny, requestPaths: oneOf(paths.filter((path) => path !== '/')) },
  ],
  'a method is missing among the cells': [
    undefined,
    { ...tiny, methods: oneOf(methods.filter((method) => method !== 'CONNECT')) },
  ],
  'a value is missing among the cells': [
    undefined,
    { ...tiny, headerValues: oneOf(['b']), queryValues: oneOf(['b']), cookieValues: oneOf(['b']) },
  ],
}

test.each(Object.entries(faults))(
  'it is noticed if %s',
  { timeout: 60_000 },
  (_, [fault, universe]) => {
    expect(noticed(fault, universe)).toBeGreaterThan(0)
  },
)

test('without a fault nothing is noticed', { timeout: 60_000 }, () => {
  expect(noticed(undefined, tiny)).toBe(0)
})

// A query without parameters and a path that nothing asks about once cost no byte, a question mark once two.
test.each([11_898, 21_416, 30_593])(
  'trial %i, which once got a witness that is not the shortest',
  (seed) => {
    expect(contradictions(trial(seed))).toEqual([])
  },
)
