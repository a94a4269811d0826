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
for (let count = 0; count < 300; count++) {
  texts.push(Array.from({ length: 1 + below(5) }, () => pick(characters)).join(''))
}

describe('a regular expression', () => {
  test('takes what RE2 takes, for more than two thousand patterns', () => {
    const compared = Array.from({ length: 3_000 }, () => compare(pattern(4))).filter(
      (comparison) => comparison !== undefined,
    )
    const taken = compared.reduce((sum, comparison) => sum + comparison.taken, 0)

    expect(compared.flatMap((comparison) => comparison.differences).slice(0, 10)).toEqual([])
    expect(compared.length).toBeGreaterThan(2_000)
    expect(taken).toBeGreaterThan(5_000)
  })

  test.each([
    ['.', '(?s).'],
    ['[^a]', '[^a\n]'],
    ['(?i)k+', '[kK]+'],
    ['(?i)s+', '[sS]+'],
    ['a{1,2}', 'a{2}'],
    ['a|b.*', '(?:a|b).*'],
    ['\\w\\b.*', '\\w.*'],
    ['(?m:.*^a.*)', '.*a.*'],
    ['[a-k]', '[ak-]'],
    ['[[:alpha:]]', '[[:alnum:]]'],
  ])('%s taken for %s would be noticed', (source, another) => {
    expect(compare(source)?.differences).toEqual([])
    expect(compare(source, another)?.differences).not.toEqual([])
  })

  test.each([
    ['\\pL', 'a class of Unicode'],
    ['[\\p{Greek}]', 'a class of Unicode'],
    ['\\C', '\\C'],
    ['(?i)é', '(?i) on characters beyond ASCII'],
    ['(a)\\1', '\\1'],
    ['(?=a)', 'a group of a kind that RE2 has not'],
    ['a**', 'a repetition of a repetition'],
    ['*a', 'nothing to repeat'],
    ['a{1001}', 'a repetition {1001}, more than 1000 or backwards'],
    ['(a{100}){11}', 'a repetition in a repetition, more than 1000 in all,'],
    ['a\\Q\\E?', 'nothing to repeat'],
    ['[b-a]', 'a range that ends before it begins'],
    ['[a', 'the pattern ends too early'],
    ['(a', '( without )'],
    ['a)', ') without ('],
    [`${'('.repeat(1_001)}a${')'.repeat(1_001)}`, 'groups deeper than 1000'],
  ])('%s is unknown, with the reason', (source, reason) => {
    const unknown = `regex ${JSON.stringify(source)}: ${reason} is outside the algebra`
    expect(regularExpression(source)).toEqual({ unknown })
  })

  test('takes counts up to a thousand, one in the other', () => {
    const language = regularExpression('(?:a{10}){100}')
    expect('unknown' in language || accepts(language, 'a'.repeat(1_000))).toBe(true)
    expect('unknown' in language || accepts(language, 'a'.repeat(999))).toBe(false)
  })

  test('reads a text of a million characters in one pass', () => {
    const language = regularExpression('(?:(?:a+)+b?)+$')
    expect('unknown' in language || accepts(language, 'a'.repeat(1_000_000))).toBe(true)
    expect('unknown' in language || accepts(language, `${'a'.repeat(1_000_000)}!`)).toBe(false)
  })
})

/** Undefined if one of the two does not know the pattern. */
function compare(
  source: string,
  oracleSource = source,
): { taken: number; differences: string[] } | undefined {
  const language = regularExpression(source)
  const oracle = compiled(oracleSource)
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
