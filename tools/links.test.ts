import { globSync } from 'node:fs'
import { expect, test } from 'vitest'
import { anchorsOf, brokenLinks, linksOf } from './links.ts'
import { readPackages } from './packages.ts'

const pages = globSync('**/*.md', {
  exclude: (path) => /(^|\/)(node_modules|fixtures|dist|gen|\.\w+)$/.test(path),
}).sort()

test('the pages of the repository are found', () => {
  expect(pages).toContain('README.md')
  expect(pages).toContain('docs/status.md')
  for (const { folder } of readPackages()) expect(pages).toContain(`${folder}/README.md`)
})

test.each(pages)('every link of %s leads somewhere', (page) => {
  expect(brokenLinks(page)).toEqual([])
})

test('a link to a missing file or heading is broken', () => {
  const text =
    '# Here\n[a](nowhere.md) [b](#here) [c](#there) [d](README.md#nowhere) [e](https://example.org/x)'

  expect(brokenLinks('page.md', text)).toEqual(['nowhere.md', '#there', 'README.md#nowhere'])
})

test('links in code are not links', () => {
  expect(linksOf('`[a](b)`\n```md\n[c](d)\n```\n[e](f.md)')).toEqual(['f.md'])
})

test('headings of one name get anchors of their own', () => {
  expect([...anchorsOf('## Use `it`, now\n## Two\n## Two\n')]).toEqual([
    'use-it-now',
    'two',
    'two-1',
  ])
})
