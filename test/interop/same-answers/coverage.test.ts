import { expect, test } from 'vitest'
import { Coverage, probesFor } from './coverage.ts'

const host = {
  name: 'shop',
  domains: ['shop.example'],
  routes: [
    { match: { prefix: '/cart', headers: [{ name: 'x-user', stringMatch: { exact: 'jason' } }] } },
    { match: { prefix: '/' } },
  ],
}

test('names what no request has shown', () => {
  const coverage = new Coverage([host])

  coverage.count(host, { url: 'http://shop.example/', method: 'GET', headers: {} })

  expect(coverage.missing).toEqual([
    'shop route 0 not taken',
    'shop route 0: {"prefix":"/cart"} never true',
    'shop route 0: {"name":"x-user","stringMatch":{"exact":"jason"}} never true',
  ])
})

test('the requests made for a virtual host leave nothing out', () => {
  const coverage = new Coverage([host])

  for (const probe of probesFor(host, 80)) coverage.count(host, probe)

  expect(coverage.missing).toEqual([])
})

test('a predicate that it cannot read is an error, not covered', () => {
  const unreadable = { name: 'x', routes: [{ match: { pathSeparatedPrefix: '/a' } }] }

  expect(() => new Coverage([unreadable])).toThrow('cannot read')
})
