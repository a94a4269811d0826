import { describe, expect, test } from 'vitest'
import {
  complement,
  contains,
  exact,
  intersection,
  type Language,
  prefix,
  suffix,
  union,
} from './language.ts'
import { regularExpression } from './regular-expression.ts'
import { universes } from './universes.ts'
import { witnessOf } from './witness-of.ts'

const regex = (pattern: string): Language => {
  const language = regularExpression(pattern)
  if ('unknown' in language) throw new Error(language.unknown)
  return language
}

describe('a witness', () => {
  test('is a shortest string of a combination', () => {
    const language = intersection(
      prefix('/api/'),
      suffix('.js'),
      complement(contains('..')),
      complement(exact('/api/.js')),
    )
    expect(witnessOf(language, universes.requestPaths)).toEqual({ witness: '/api/a.js' })
  })

  test('is there when one string of very many is left', () => {
    const others = Array.from({ length: 26 * 26 - 1 }, (_, index) =>
      exact(String.fromCharCode(97 + Math.floor(index / 26), 97 + (index % 26))),
    )
    const language = intersection(regex('[a-z]{2}'), complement(union(...others)))
    expect(witnessOf(language)).toEqual({ witness: 'zz' })
  })

  test('is none where there is no string', () => {
    const language = intersection(regex('/a+'), complement(regex('/a*')))
    expect(witnessOf(language, universes.requestPaths)).toEqual({ witness: undefined })
  })

  test('is unknown beyond the budget', () => {
    expect(witnessOf(regex('.*a.{20}b'), universes.requestPaths, { states: 10 })).toEqual({
      unknown: 'more than 10 states',
    })
  })

  test('ends the search as soon as it is found', () => {
    expect(
      witnessOf(union(exact('/a'), regex('.*a.{20}b')), universes.requestPaths, { states: 100 }),
    ).toEqual({
      witness: '/a',
    })
  })
})

describe('questions with yes and no', () => {
  test.each<[string, string, boolean]>([
    ['/api/v1', '/api/.*', true],
    ['/api/.*', '/api/v1', false],
    ['(?:a|b)*', '[ab]*', true],
    ['[ab]*', '(?:a|b)*', true],
    ['[ab]*', '(?:ab)*', false],
    ['(?:ab)*', '(?:a|b)*', true],
    ['a{2,5}', 'a{1,5}', true],
    ['a{1,5}', 'a{2,5}', false],
    ['(?i)abc', '[aA][bB][cC]', true],
    ['\\bfoo\\b.*', 'foo(?:\\W.*)?', true],
  ])('whether %s is in %s', (a, b, expected) => {
    const outside = intersection(regex(a), complement(regex(b)))
    const found = witnessOf(outside, universes.headerValues)
    expect(found).toEqual({ witness: expected ? undefined : expect.any(String) })
  })

  test('a language is empty in one universe and not in another', () => {
    expect(witnessOf(contains('?'), universes.requestPaths)).toEqual({ witness: undefined })
    expect(witnessOf(contains('?'), universes.headerValues)).toEqual({ witness: '?' })
    expect(witnessOf(contains('?'))).toEqual({ witness: '?' })
  })
})
