import { expect, test } from 'vitest'
import { hostCovers, hostsOverlap, isDnsName, isWildcardDnsName, resolveHost } from './hosts.ts'

test('resolves short names only', () => {
  expect(resolveHost('reviews', 'shop')).toBe('reviews.shop.svc.cluster.local')
  expect(resolveHost('reviews', 'shop', 'mesh.test')).toBe('reviews.shop.svc.mesh.test')
  expect(resolveHost('reviews.shop', 'default')).toBe('reviews.shop')
  expect(resolveHost('*', 'default')).toBe('*')
})

test.each([
  ['*', 'a.b', true],
  ['a.b', 'a.b', true],
  ['*.b', 'a.b', true],
  ['*.b', 'x.a.b', true],
  ['*.b', 'b', false],
  ['*.b', '.b', false],
  ['*.b', '*.a.b', true],
  ['*.a.b', '*.b', false],
  ['a.b', '*.b', false],
])('%s covers %s: %s', (pattern, host, covers) => {
  expect(hostCovers(pattern, host)).toBe(covers)
  expect(hostsOverlap(host, pattern)).toBe(covers || hostCovers(host, pattern))
})

test.each(['a', 'a.b', 'a-b.c', 'a_b.c', '_dns.a', 'A.b', 'a.b.'])('%s is a DNS name', (text) => {
  expect(isDnsName(text)).toBe(true)
})

test.each(['', '.', 'a..b', '-a', 'a-', '*.a', 'a b', 'ä', 'x'.repeat(64), `${'a.'.repeat(130)}a`])(
  '%s is none',
  (text) => {
    expect(isDnsName(text)).toBe(false)
  },
)

test('takes a star only for the whole first label', () => {
  expect(['*', '*.a', 'a'].map(isWildcardDnsName)).toEqual([true, true, true])
  expect(['a*', '*a.b', 'a.*', '*.*'].map(isWildcardDnsName)).toEqual([false, false, false, false])
})
