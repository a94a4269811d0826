import { expect, test } from 'vitest'
import { asOneWord } from './as-one-word.ts'

test('white space becomes underscores, whatever was asked before', () => {
  const texts = ['upstream reset', 'via_upstream', 'via_upstream', undefined, 'a\tb\nc', undefined]
  expect(texts.map(asOneWord)).toEqual([
    'upstream_reset',
    'via_upstream',
    'via_upstream',
    undefined,
    'a_b_c',
    undefined,
  ])
})
