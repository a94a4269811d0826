import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import { accepts } from './accepts.ts'
import { type Cell, type CellBudget, cells } from './cells.ts'
import {
  complement,
  contains,
  everything,
  exact,
  intersection,
  type Language,
  nothing,
  prefix,
  separatedPrefix,
  suffix,
  union,
} from './language.ts'
import { regularExpression } from './regular-expression.ts'
import { universes } from './universes.ts'

const random = seededRandom(4_711)
const below = (limit: number): number => Math.floor(random() * limit)
const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T

const letters = ['a', 'b', 'B', '/']
const universe = regex('[abB/]*')

/** All strings up to six letters, the shortest first, then as a witness is chosen: in the order of `letters`. */
const mostLetters = 5
const strings = [...allStrings(mostLetters)]

function* allStrings(length: number): Generator<string> {
  let level = ['']
  for (let at = 0; ; at++) {
    yield* level
    if (at === length) return
    level = level.flatMap((text) => letters.map((letter) => text + letter))
  }
}

function regex(pattern: string): Language {
  const language = regularExpression(pattern)
  if ('unknown' in language) throw new Error(language.unknown)
  return language
}

/** Literals short enough, and patterns simple enough, that nearly every set of them shows itself in five letters. */
function randomTest(depth: number): Language {
  const kind = below(depth === 0 ? 7 : 10)
  const text = Array.from({ length: below(4) }, () => pick(letters)).join('')
  const options = { ignoreCase: random() < 0.3 }
  if (kind === 0) return exact(text, options)
  if (kind === 1) return prefix(text, options)
  if (kind === 2) return suffix(text.slice(1), options)
  if (kind === 3) return contains(text.slice(1), options)
  if (kind === 4) return separatedPrefix(text, options)
  if (kind < 7) return regex(pick(patterns))
  if (kind === 7) return complement(randomTest(depth - 1))
  return (kind === 8 ? union : intersection)(randomTest(depth - 1), randomTest(depth - 1))
}

const patterns = [
  'a*',
  'a.*',
  '.*b',
  '/[^/]+',
  '(?i)b*',
  'a|b',
  '[aB]{2}',
  '',
  'a/.*',
  '^a$',
  '(a|B)+',
  '\\bab?\\b/.*',
  '/a|/b',
  '(?:a|b)b',
]

interface Seen {
  readonly witness: string
  readonly holds: string
}

function holdingOf(tests: readonly Language[], text: string): string {
  return [...tests.entries()].flatMap(([index, test]) => (accepts(test, text) ? index : [])).join()
}

/** What the cells are, by trying every string. */
function bruteForce(tests: readonly Language[], within: Language): Seen[] {
  const found = new Map<string, Seen>()
  for (const witness of strings) {
    if (!accepts(within, witness)) continue
    const holds = holdingOf(tests, witness)
    if (!found.has(holds)) found.set(holds, { witness, holds })
  }
  return [...found.values()]
}

function computed(tests: readonly Language[], within: Language): Seen[] {
  const answer = cells(tests, within)
  if ('unknown' in answer) throw new Error(answer.unknown)
  return answer.cells.map((cell: Cell) => ({ witness: cell.witness, holds: cell.holds.join() }))
}

function randomUniverse(): Language {
  const kind = below(10)
  if (kind === 0) return exact(pick(strings))
  if (kind === 1) return union(exact(pick(strings)), exact(pick(strings)), regex('a[ab]*'))
  return kind < 7 ? universe : intersection(universe, randomTest(1))
}

describe('cells', () => {
  test('are those that trying every string finds, with the same witnesses, for 500 lists of tests', () => {
    let seen = 0
    let longer = 0
    for (let round = 0; round < 500; round++) {
      const tests = Array.from({ length: 1 + below(6) }, () => randomTest(2))
      const within = randomUniverse()
      const about = JSON.stringify([tests.map((language) => language.key), within.key])
      const expected = bruteForce(tests, within)
      const found = computed(tests, within)
      seen += expected.length
      expect(
        found.filter(({ witness }) => witness.length <= mostLetters),
        about,
      ).toEqual(expected)
      // What takes more letters than were tried must at least be true.
      for (const { witness, holds } of found.slice(expected.length)) {
        longer++
        expect(accepts(within, witness), about).toBe(true)
        expect(holdingOf(tests, witness), about).toBe(holds)
      }
      expect(new Set(found.map(({ holds }) => holds)).size, about).toBe(found.length)
    }
    expect(seen).toBeGreaterThan(1_500)
    expect(longer).toBeLessThan(seen / 10)
  })

  test.each<[string, Language, Language]>([
    ['a prefix taken for the exact text', prefix('/a'), exact('/a')],
    ['a separated prefix taken for a prefix', separatedPrefix('/a'), prefix('/a')],
    ['case ignored where it counts', exact('b', { ignoreCase: true }), exact('b')],
    ['one repetition too few', regex('a{3}b*'), regex('a{2}b*')],
    ['a forgotten complement', complement(suffix('a')), suffix('a')],
  ])('of %s are told from the right ones by the same comparison', (_, right, wrong) => {
    const beside = [regex('/a.'), exact('B')]
    expect(computed([right, ...beside], universe)).toEqual(bruteForce([right, ...beside], universe))
    expect(computed([wrong, ...beside], universe)).not.toEqual(
      bruteForce([right, ...beside], universe),
    )
  })

  test('cover all strings when nothing is asked', () => {
    expect(cells([], everything)).toEqual({ cells: [{ witness: '', holds: [] }] })
  })

  test('are none in an empty universe', () => {
    expect(cells([prefix('a')], nothing)).toEqual({ cells: [] })
    expect(cells([prefix('a')], intersection(universe, exact('x')))).toEqual({ cells: [] })
  })

  test('name tests that are given twice by both places', () => {
    expect(cells([exact('a'), prefix('b'), exact('a')], universe)).toEqual({
      cells: [
        { witness: '', holds: [] },
        { witness: 'a', holds: [0, 2] },
        { witness: 'b', holds: [1] },
      ],
    })
  })

  test('have a witness of letters before digits before anything else', () => {
    const answer = cells([exact('a'), regex('[0-9/~]'), regex('[~/]')], regex('[!-~]'))
    expect(answer).toEqual({
      cells: [
        { witness: 'a', holds: [0] },
        { witness: 'b', holds: [] },
        { witness: '0', holds: [1] },
        { witness: '/', holds: [1, 2] },
      ],
    })
  })

  test('tell characters beyond the first plane apart as one each', () => {
    const answer = cells([regex('.'), exact('😀'), prefix('é')], universes.headerValues)
    expect(answer).toEqual({
      cells: [
        { witness: '', holds: [] },
        { witness: 'a', holds: [0] },
        { witness: 'é', holds: [0, 2] },
        { witness: '😀', holds: [0, 1] },
        { witness: 'éa', holds: [2] },
      ],
    })
  })

  test('are unknown for half of a surrogate pair', () => {
    expect(cells([prefix('\ud83d')], everything)).toEqual({
      unknown: 'half of a surrogate pair in prefix"\\ud83d"',
    })
  })
})

describe('the budget of cells', () => {
  const exponential = regex('.*a.{20}')

  test.each<[string, readonly Language[], CellBudget, string]>([
    ['states', [exponential], { states: 1_000 }, 'more than 1000 states'],
    ['members', [exponential], { members: 1_000 }, 'sets of more than 1000 members in all'],
    [
      'states of patterns',
      [regex('(?:ab){500}')],
      { patternStates: 900 },
      'patterns of more than 900 states in all',
    ],
    [
      'cells',
      ['a', 'b', 'c', 'd'].map((text) => contains(text)),
      { cells: 15 },
      'more than 15 cells',
    ],
  ])('of %s ends in unknown, not in a wrong answer', (_, tests, budget, unknown) => {
    expect(cells(tests, universes.requestPaths, budget)).toEqual({ unknown })
  })

  test('of steps through patterns ends the worst of them in unknown', () => {
    const worst = regex('(?:(?:(?:a|b?)c?)d?){1000}')
    expect(cells([worst], universes.headerValues, { visits: 1_000_000 })).toEqual({
      unknown: 'more than 1000000 steps through patterns',
    })
  })

  test('has no room for formulas deeper than a thousand', () => {
    let formula = exact('a')
    for (let depth = 0; depth < 20_000; depth++) {
      formula = complement(intersection(formula, prefix(`x${depth}`)))
    }
    expect(cells([formula], everything)).toEqual({ unknown: 'formulas deeper than 1000' })
  })

  test('suffices for exactly as many cells as it names', () => {
    const tests = ['a', 'b', 'c', 'd'].map((text) => contains(text))
    const answer = cells(tests, universes.requestPaths, { cells: 16 })
    expect('cells' in answer && answer.cells.length).toBe(16)
  })

  test('of a state for each character of a text, and one for each test, suffices for ten thousand texts', () => {
    const paths = Array.from(
      { length: 10_000 },
      (_, index) => `/api/v1/users${index % 97}/item${index}`,
    )
    const kinds = [prefix, exact, separatedPrefix, (path: string) => regex(`${path}/[0-9]+`)]
    const tests = paths.map((path, index) => (kinds[index % 4] ?? exact)(path))
    const characters = new Set(
      paths.flatMap((path) => [...path].map((_, at) => path.slice(0, at + 1))),
    )
    const answer = cells(tests, universes.requestPaths, {
      states: characters.size + 3 * tests.length,
    })
    expect('cells' in answer && answer.cells.length).toBe(10_001)
  })

  test('is not touched by 2 500 suffixes beside 7 500 texts', () => {
    const tests = Array.from({ length: 10_000 }, (_, index) =>
      index % 4 === 0 ? suffix(`.team${index}.example.org`) : exact(`host${index}.example.org`),
    )
    const answer = cells(tests, universes.hostNames, { states: 200_000 })
    expect('cells' in answer && answer.cells.length).toBe(10_001)
  })
})
