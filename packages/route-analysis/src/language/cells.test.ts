import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import { accepts } from './accepts.ts'
import { type Cell, cells } from './cells.ts'
import {
  complement,
  contains,
  everything,
  exact,
  intersection,
  type Language,
  prefix,
  separatedPrefix,
  suffix,
  union,
} from './language.ts'
import { regularExpression } from './regular-expression.ts'

const random = seededRandom(4_711)
const below = (limit: number): number => Math.floor(random() * limit)
const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T

const letters = ['a', 'b', 'B', '/']
const universe = regex('[abB/]*')

/** All strings up to six letters, the shortest first, then as a witness is chosen: in the order of `letters`. */
const strings = [...allStrings(6)]

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

/** Literals short enough, and patterns simple enough, that any set of three of them shows itself in six letters. */
function randomTest(depth: number): Language {
  const kind = below(depth === 0 ? 7 : 10)
  const text = Array.from({ length: below(3) }, () => pick(letters)).join('')
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

/** What the cells are, by trying every string. */
function bruteForce(tests: readonly Language[], within: Language): Seen[] {
  const found = new Map<string, Seen>()
  for (const witness of strings) {
    if (!accepts(within, witness)) continue
    const holds = [...tests.keys()]
      .filter((index) => tests[index] !== undefined && accepts(tests[index], witness))
      .join()
    if (!found.has(holds)) found.set(holds, { witness, holds })
  }
  return [...found.values()]
}

function computed(tests: readonly Language[], within: Language): Seen[] {
  const answer = cells(tests, within)
  if ('unknown' in answer) throw new Error(answer.unknown)
  return answer.cells.map((cell: Cell) => ({ witness: cell.witness, holds: cell.holds.join() }))
}

describe('cells', () => {
  test('are those that trying every string finds, with the same witnesses, for 600 lists of tests', () => {
    let seen = 0
    for (let round = 0; round < 600; round++) {
      const tests = Array.from({ length: 1 + below(3) }, () => randomTest(2))
      const within = random() < 0.7 ? universe : intersection(universe, randomTest(1))
      const expected = bruteForce(tests, within)
      seen += expected.length
      expect(
        computed(tests, within),
        JSON.stringify([tests.map((t) => t.key), within.key]),
      ).toEqual(expected)
    }
    expect(seen).toBeGreaterThan(1_200)
  })

  test('cover all strings when nothing is asked', () => {
    expect(cells([], everything)).toEqual({ cells: [{ witness: '', holds: [] }] })
  })
})
