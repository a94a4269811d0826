import { compileRoutes, request } from '@meshwright/route-matcher'
import { expect, test } from 'vitest'
import { analyzeRoutes } from './analyze-routes.ts'
import { findRequests } from './find-requests.ts'
import { overlapOf } from './overlap-of.ts'

const secret = { headers: [{ name: 'x-secret', stringMatch: { exact: 'yes' } }] }
const configuration = {
  virtualHosts: [
    {
      name: 'shop',
      domains: ['shop.example'],
      routes: [
        { match: { prefix: '/admin', ...secret }, route: { cluster: 'admin' } },
        { match: { path: '/admin/health' }, route: { cluster: 'admin' } },
        {
          match: { prefix: '/' },
          route: {
            weightedClusters: {
              clusters: [
                { name: 'shop', weight: 90 },
                { name: 'canary', weight: 10 },
              ],
            },
          },
        },
      ],
    },
    {
      name: 'rest',
      domains: ['*'],
      routes: [{ match: { prefix: '/help' }, directResponse: { status: 200 } }],
    },
  ],
}
const withoutSecret = {
  headers: [{ name: 'x-secret', presentMatch: true, invertMatch: true }],
}

test('tells which requests reach a cluster, by the route that sends them there', () => {
  const { verdict, regions, unknown } = findRequests(configuration, { cluster: 'admin' })

  expect({ verdict, unknown }).toEqual({ verdict: 'some', unknown: [] })
  expect(regions.map(({ ref, witness }) => [ref?.route, witness.request])).toEqual([
    [0, { authority: 'shop.example', path: '/admin', headers: { 'x-secret': 'yes' } }],
    [1, { authority: 'shop.example', path: '/admin/health' }],
  ])
})

test('finds a draw that leads to a cluster of few weight', () => {
  const [region] = findRequests(configuration, { cluster: 'canary' }).regions

  expect(region?.outcome.shares.map(({ share }) => share)).toEqual([0.1, 0.9])
  const asked = request(region?.witness.request ?? { authority: '', path: '' })
  const random = region?.witness.random ?? 0
  expect(compileRoutes(configuration).match(asked, { random })?.cluster).toBe('canary')
})

test('proves that a cluster below a path is not reached without a header, or shows how it is', () => {
  const ask = (prefix: string) =>
    findRequests(configuration, { match: { prefix, ...withoutSecret }, cluster: 'admin' })

  expect(ask('/admin/users').verdict).toBe('none')
  expect(ask('/admin').regions.map(({ witness }) => witness.request.path)).toEqual([
    '/admin/health',
  ])
})

test('shows a request that no route answers', () => {
  const ask = (authority?: string) =>
    findRequests(configuration, {
      match: { prefix: '/' },
      unanswered: true,
      ...(authority === undefined ? {} : { authority }),
    })

  expect(ask('shop.example').verdict).toBe('none')
  expect(ask().regions.map(({ ref, witness }) => [ref, witness.request])).toEqual([
    [undefined, { authority: 'a', path: '/' }],
  ])
})

test('tells whether two routes overlap', () => {
  const refs = analyzeRoutes(configuration).routes.map(({ ref }) => ref)
  const [first, second, third, other] = refs
  if (first === undefined || second === undefined || third === undefined || other === undefined) {
    throw new TypeError('expected four routes')
  }

  expect(overlapOf(configuration, [first, second])).toMatchObject({
    verdict: 'overlapping',
    witness: { request: { path: '/admin/health', headers: { 'x-secret': 'yes' } } },
  })
  expect(overlapOf(configuration, [first, other]).verdict).toBe('disjoint')
})
