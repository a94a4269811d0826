import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { codesOfPage, codesOfSource, packageSources } from './error-codes.ts'

const page = readFileSync('docs/reference/errors.md', 'utf8')
const sources = packageSources()

test('the error page has every code of the sources, and no other', () => {
  expect(codesOfSource(sources).length).toBeGreaterThan(50)
  expect(codesOfPage(page)).toEqual(codesOfSource(sources))
})

test('a code that only the sources have is seen', () => {
  const planted = `${sources}\nthrow new ProxyError('ERR_PROXY_PLANTED', 'never')\n`

  expect(codesOfSource(planted)).toContain('ERR_PROXY_PLANTED')
  expect(codesOfPage(page)).not.toEqual(codesOfSource(planted))
})

test('a code that only the page has is seen', () => {
  const planted = `${page}\n| \`ERR_PROXY_PLANTED\` | never | | |\n`

  expect(codesOfPage(planted)).not.toEqual(codesOfSource(sources))
})

test('no code is explained twice', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))

  expect(rows).toHaveLength(codesOfPage(page).length)
})
