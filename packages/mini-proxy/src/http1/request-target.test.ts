import { expect, test } from 'vitest'
import { readTarget } from './request-target.ts'

// First in its process: what was asked before must make no difference.
test('an authority that is empty is malformed, whoever asked before', () => {
  const before = readTarget('GET', '/', { authority: '', scheme: 'http' })
  readTarget('GET', '/', { authority: 'a.example', scheme: 'http' })
  const after = readTarget('GET', '/', { authority: '', scheme: 'http' })

  expect([before, after]).toEqual([
    expect.objectContaining({ detail: 'malformed host' }),
    expect.objectContaining({ detail: 'malformed host' }),
  ])
})
