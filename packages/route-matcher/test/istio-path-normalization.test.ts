import { expect, test } from 'vitest'
import { type IstioPathNormalization, istioPathNormalization, normalizePath } from '../src/index.ts'

// The paths and answers are those of Istio's security best practices and of RFC 3986.
test.each<[IstioPathNormalization, string, string]>([
  ['NONE', '/a%2f..//b\\c', '/a%2f..//b\\c'],
  ['BASE', '/a/../b', '/b'],
  ['BASE', '/a\\b', '/a/b'],
  ['BASE', '/a//b', '/a//b'],
  ['BASE', '/a%2fb', '/a%2fb'],
  ['DEFAULT', '/a/../b', '/b'],
  ['MERGE_SLASHES', '/a//b', '/a/b'],
  ['MERGE_SLASHES', '/a%2f%2fb', '/a%2f%2fb'],
  ['DECODE_AND_MERGE_SLASHES', '/a%2fb', '/a/b'],
  ['DECODE_AND_MERGE_SLASHES', '/a%5C%2Fb', '/a/b'],
  ['DECODE_AND_MERGE_SLASHES', '/a%2f..//b', '/b'],
  ['DECODE_AND_MERGE_SLASHES', '/a?b=%2f//', '/a?b=%2f//'],
])('%s makes of %s %s', (level, path, expected) => {
  expect(normalizePath(path, istioPathNormalization(level))).toEqual({ kind: 'ok', path: expected })
})
