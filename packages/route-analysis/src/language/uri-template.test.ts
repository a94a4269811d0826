import { compileUriTemplate } from '@meshwright/route-matcher'
import { seededRandom } from '@meshwright/testkit'
import { expect, test } from 'vitest'
import { accepts } from './accepts.ts'
import { uriTemplate } from './uri-template.ts'

const random = seededRandom(9)
const below = (limit: number): number => Math.floor(random() * limit)
const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T

const segments = ['a', 'bc', '*', '{x}', '{y=*}', '{z=a/*}', '*.js', '{v}.js', 'a.b']
const lasts = [...segments, '**', '{w=**}', '**.js', '{u=a/**}', '']
const pathParts = ['a', 'bc', 'x', 'a.js', '', 'a/b', 'é', '.js', 'a.b', 'axb', '=', '*']

test('a URI template holds the paths that the matcher takes, for a thousand templates', () => {
  let compared = 0
  let taken = 0
  for (let round = 0; round < 1_000; round++) {
    const parts = [...Array.from({ length: below(3) }, () => pick(segments)), pick(lasts)]
    const template = `/${parts.join('/')}`
    const language = uriTemplate(template)
    if ('unknown' in language) continue
    const { matches } = compileUriTemplate(template)
    for (let count = 0; count < 40; count++) {
      const path = `/${Array.from({ length: below(4) }, () => pick(pathParts)).join('/')}`
      compared++
      if (matches(path)) taken++
      expect(accepts(language, path), `${path} fits ${template}`).toBe(matches(path))
    }
  }
  expect(compared).toBeGreaterThan(15_000)
  expect(taken).toBeGreaterThan(1_000)
})

test('what is no template is unknown, with what was expected', () => {
  expect(uriTemplate('a')).toHaveProperty('unknown', expect.stringContaining('expected'))
})
