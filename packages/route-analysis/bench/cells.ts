// What cutting strings into cells costs: `node --conditions=@meshwright/source bench/cells.ts` in packages/route-analysis.
import { seededRandom } from '@meshwright/testkit'
import { type Cells, cells } from '../src/language/cells.ts'
import {
  contains,
  exact,
  type Language,
  prefix,
  separatedPrefix,
  suffix,
  type Unknown,
} from '../src/language/language.ts'
import { regularExpression } from '../src/language/regular-expression.ts'
import { universes } from '../src/language/universes.ts'

const { requestPaths, headerValues, hostNames } = universes
const rounds = 5
const words = 'account basket checkout delivery gift invoice order product review stock'.split(' ')
const endings = ['/[0-9]+', '/[^/]+', '/.*', '/(?:list|all)/[0-9]+']

const random = seededRandom(1)
const one = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
const number = (end: number): number => Math.floor(random() * end)
const path = (): string =>
  `/shop/v${number(3)}/${one(words)}${number(800)}/${one(words)}-${number(9_000)}`

function regex(pattern: string): Language {
  const language = regularExpression(pattern)
  if ('unknown' in language) throw new TypeError(language.unknown)
  return language
}

function list(length: number, make: (index: number) => Language): readonly Language[] {
  return Array.from({ length }, (_, index) => make(index))
}

/** 40 % prefixes, 30 % exact paths, 15 % separated prefixes, 15 % regexes; and one for the rest. */
function routeMix(count: number): readonly Language[] {
  const routes = list(count, () => {
    const kind = random()
    if (kind < 0.4) return prefix(`${path()}/`)
    if (kind < 0.7) return exact(path())
    return kind < 0.85 ? separatedPrefix(path()) : regex(path() + one(endings))
  })
  return [...routes, prefix('/')]
}

const cases: Record<string, () => Cells | Unknown> = {
  'route mix, 10': forTests(routeMix(10), requestPaths),
  'route mix, 100': forTests(routeMix(100), requestPaths),
  'route mix, 1 000': forTests(routeMix(1_000), requestPaths),
  'route mix, 10 000': forTests(routeMix(10_000), requestPaths),
  'exact header values, 2': forTests(
    list(2, (n) => exact(`tenant-${n}`)),
    headerValues,
  ),
  'exact header values, 10 000': forTests(
    list(10_000, (n) => exact(`tenant-${n}`)),
    headerValues,
  ),
  'hosts, 7 500 exact and 2 500 suffixes': forTests(
    list(10_000, (n) => (n % 4 === 0 ? suffix(`.team${n}.example`) : exact(`host${n}.example`))),
    hostNames,
  ),
  'regexes behind a wildcard, 1 500': forTests(
    list(1_500, (n) => regex(`/[^/]*${one(words)}${n}/[0-9]+`)),
    requestPaths,
  ),
  'a regex that multiplies, unknown': forTests([regex('.*a.{20}')], requestPaths),
  'contains, 40, unknown': forTests(
    list(40, (n) => contains(`${one(words)}${n}`)),
    requestPaths,
  ),
}

function forTests(tests: readonly Language[], universe: Language): () => Cells | Unknown {
  return () => cells(tests, universe)
}

for (const [name, run] of Object.entries(cases)) {
  const first = run()
  const times = Array.from({ length: 'unknown' in first ? 1 : rounds }, () => {
    const start = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1000
  }).sort((a, b) => a - b)
  const median = times[times.length >> 1] ?? 0
  const answer = 'unknown' in first ? first.unknown : `${first.cells.length} cells`
  process.stdout.write(`${name}: ${median.toFixed(1)} ms CPU, ${answer}\n`)
}
