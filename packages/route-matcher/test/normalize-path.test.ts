import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normalizePath } from '../src/index.ts'

describe('normalizePath', () => {
  const all = {
    normalizePath: true,
    mergeSlashes: true,
    pathWithEscapedSlashesAction: 'UNESCAPE_AND_FORWARD',
  } as const
  test.each([
    ['/a/b', '/a/b'],
    ['/a/../b', '/b'],
    ['/../../a', '/a'],
    ['/a/./b/', '/a/b/'],
    ['/a/b/..', '/a/'],
    ['/a/%2e%2e/b', '/b'],
    ['/a/.%2E/b', '/b'],
    ['/a\\b', '/a/b'],
    ['/%61%2D%7e', '/a-~'],
    ['/%20', '/%20'],
    ['/a b', '/a%20b'],
    ['/%zz', '/%zz'],
    ['/ä', '/%E4'],
    ['/€', '/%E2%82%AC'],
    ['//a///b//', '/a/b/'],
    // From here to the next comment: what Envoy 1.40 was seen to do.
    ['//', '//'],
    ['/%2f%2f', '//'],
    ['/"<>`{}|^', '/%22%3C%3E%60%7B%7D%7C%5E'],
    ['/a/..;/b', '/b'],
    ['/a/.;x=1/b', '/a/b'],
    ['/a/..;', '/'],
    ['/a/..;../b', '/b'],
    ['/a/%2e%2e;/b', '/a/..;/b'],
    ['/a/...;/b', '/a/...;/b'],
    ['/a/b;/c', '/a/b;/c'],
    ['/a/;/b', '/a/;/b'],
    // Elsewhere the rules of RFC 3986.
    ['/a%2Fb%5cc', '/a/b/c'],
    ['/a/%2e%2e%2f%2e%2e/b', '/b'],
    ['/a?x=//../%2f', '/a?x=//../%2f'],
    ['*', '*'],
    ['', ''],
  ])('%s becomes %s', (path, expected) => {
    expect(normalizePath(path, all)).toEqual({ kind: 'ok', path: expected })
  })

  test('a path with a dot segment before it comes to the same', () => {
    const pieces = [
      '/',
      '.',
      '..',
      '%2e',
      '%2F',
      '\\',
      ';',
      '?',
      '#',
      '*',
      'a',
      '~',
      ' ',
      '\x7f',
      'ä',
    ]
    const rest = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string()), { maxLength: 8 })
    fc.assert(
      fc.property(rest, (parts) => {
        const path = `/${parts.join('')}`
        expect(normalizePath(`/.${path}`, all)).toEqual(normalizePath(path, all))
      }),
      { numRuns: 2000 },
    )
  })

  test('nothing is done unasked', () => {
    expect(normalizePath('//a/../%2F', {})).toEqual({ kind: 'ok', path: '//a/../%2F' })
  })

  test('NUL is refused', () => {
    expect(normalizePath('/a%00', { normalizePath: true })).toEqual({
      kind: 'reject',
      reason: 'not-normalizable',
    })
    expect(normalizePath('/a\0', { normalizePath: true })).toEqual({
      kind: 'reject',
      reason: 'not-normalizable',
    })
  })

  test('escaped slashes are refused or redirected if asked for', () => {
    expect(normalizePath('/a%2Fb', { pathWithEscapedSlashesAction: 'REJECT_REQUEST' })).toEqual({
      kind: 'reject',
      reason: 'escaped-slashes',
    })
    expect(normalizePath('/ab', { pathWithEscapedSlashesAction: 'REJECT_REQUEST' })).toEqual({
      kind: 'ok',
      path: '/ab',
    })
    expect(
      normalizePath('/a%2Fb', { pathWithEscapedSlashesAction: 'UNESCAPE_AND_REDIRECT' }),
    ).toEqual({ kind: 'redirect', path: '/a/b' })
  })
})
