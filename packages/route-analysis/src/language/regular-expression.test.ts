import { seededRandom } from '@meshwright/testkit'
import { RE2JS } from 're2js'
import { describe, expect, test } from 'vitest'
import { accepts } from './accepts.ts'
import { regularExpression } from './regular-expression.ts'

const random = seededRandom(20_261)
const below = (limit: number): number => Math.floor(random() * limit)
const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T

const leaves = [
  'a',
  'b',
  'k',
  'S',
  '1',
  '_',
  '/',
  '-',
  '\\.',
  '.',
  '\\d',
  '\\D',
  '\\w',
  '\\W',
  '\\s',
  '\\S',
  '[ab]',
  '[^a]',
  '[a-k]',
  '[^/]',
  '[[:alpha:]]',
  '[[:^digit:]b]',
  '[\\d_]',
  '[^\\w/]',
  '[\\W\\d]',
  '[-a]',
  '[]a]',
  '[^]a]',
  '\\x61',
  '\\x{e9}',
  '\\Qa.b\\E',
  'é',
  '\\n',
  '\\/',
  '\\101',
]
const anchors = ['^', '$', '\\A', '\\z', '\\b', '\\B', '(?m)^', '(?m:$)', '(?m:^)']
const repetitions = ['*', '+', '?', '*?', '+?', '??', '{2}', '{0}', '{1,2}', '{2,}', '{0,1}?']

function pattern(depth: number): string {
  const kind = below(depth === 0 ? 2 : 9)
  if (kind < 2) return pick(leaves)
  if (kind < 5) return pattern(depth - 1) + pattern(depth - 1)
  if (kind === 5) return `${pattern(depth - 1)}|${pattern(depth - 1)}`
  if (kind === 6)
    return `(${pick(['', '?:', '?i:', '?s:', '?m:', '?P<n>', '?i-s:'])}${pattern(depth - 1)})`
  if (kind === 7) return `(?:${pattern(depth - 1)})${pick(repetitions)}`
  return random() < 0.5 ? pattern(depth - 1) + pick(anchors) : pick(anchors) + pattern(depth - 1)
}

const characters = [
  'a',
  'b',
  'k',
  'K',
  '\u212a',
  's',
  'S',
  'ſ',
  '1',
  '_',
  '/',
  '-',
  '.',
  ' ',
  '\n',
  'é',
  'É',
  ']',
  '😀',
]
const texts = ['', ...characters]
for (let count = 0; count < 600; count++) {
  texts.push(Array.from({ length: 1 + below(5) }, () => pick(characters)).join(''))
}

describe('a regular expression', () => {
  test('takes what RE2 takes, for three thousand patterns', () => {
    const compared = Array.from({ length: 6_000 }, () => compare(pattern(4))).filter(
      (comparison) => comparison !== undefined,
    )
    const taken = compared.reduce((sum, comparison) => sum + comparison.taken, 0)

    expect(compared.flatMap((comparison) => comparison.differences).slice(0, 10)).toEqual([])
    expect(compared.length).toBeGreaterThan(3_000)
    expect(taken).toBeGreaterThan(10_000)
  })
})

/** Undefined if one of the two does not know the pattern. */
function compare(source: string): { taken: number; differences: string[] } | undefined {
  const language = regularExpression(source)
  const oracle = compiled(source)
  if ('unknown' in language || oracle === undefined) return undefined
  const expected = texts.map((text) => oracle.testExact(text))
  const differences = texts
    .filter((text, index) => accepts(language, text) !== expected[index])
    .map((text) => `${source} on ${JSON.stringify(text)}`)
  return { taken: expected.filter(Boolean).length, differences }
}

function compiled(source: string): RE2JS | undefined {
  try {
    return RE2JS.compile(source)
  } catch {
    return undefined
  }
}
