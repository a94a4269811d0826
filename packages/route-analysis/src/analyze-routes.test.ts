import type { RouteJson } from '@meshwright/route-matcher'
import { expect, test } from 'vitest'
import { analyzeRoutes } from './analyze-routes.ts'

const to = (cluster: string): Pick<RouteJson, 'route'> => ({ route: { cluster } })
const one = (routes: readonly RouteJson[]) => ({
  virtualHosts: [{ name: 'shop', domains: ['*'], routes }],
})

function verdicts(routes: readonly RouteJson[]): unknown {
  return analyzeRoutes(one(routes)).routes.map((it) =>
    it.status === 'reachable'
      ? it.witness.request
      : [it.status, it.status === 'unreachable' ? it.coveredBy.map((by) => by.route) : it.reason],
  )
}

test('gives every reachable route a shortest request', () => {
  expect(
    verdicts([
      { match: { path: '/cart' }, ...to('a') },
      {
        match: { prefix: '/ca', headers: [{ name: 'x-user', stringMatch: { exact: 'jason' } }] },
        ...to('b'),
      },
      {
        match: {
          safeRegex: { regex: '/ca[tr]/.*' },
          queryParameters: [{ name: 'q', presentMatch: true }],
        },
        ...to('c'),
      },
      {
        match: { prefix: '/', headers: [{ name: ':method', stringMatch: { exact: 'POST' } }] },
        ...to('d'),
      },
      { match: { prefix: '/' }, ...to('e') },
    ]),
  ).toEqual([
    { authority: 'a', path: '/cart' },
    { authority: 'a', path: '/ca', headers: { 'x-user': 'jason' } },
    { authority: 'a', path: '/car/?q' },
    { authority: 'a', path: '/', method: 'POST' },
    { authority: 'a', path: '/' },
  ])
})

test('proves a route unreachable that several routes cover together', () => {
  const header = (invertMatch: boolean) => [
    { name: 'x', stringMatch: { exact: 'a' }, invertMatch, treatMissingHeaderAsEmpty: true },
  ]

  expect(
    verdicts([
      { match: { prefix: '/a', headers: header(false) }, ...to('a') },
      { match: { prefix: '/', headers: header(true) }, ...to('b') },
      { match: { path: '/a/b' }, ...to('c') },
    ]),
  ).toEqual([
    { authority: 'a', path: '/a', headers: { x: 'a' } },
    { authority: 'a', path: '/' },
    ['unreachable', [0, 1]],
  ])
})

test('two halves of the draw in a row are the same half', () => {
  const half = { runtimeFraction: { defaultValue: { numerator: 50 } } }

  expect(
    verdicts([
      { match: { prefix: '/', ...half }, ...to('a') },
      { match: { prefix: '/', ...half }, ...to('b') },
      { match: { prefix: '/' }, ...to('c') },
      { match: { prefix: '/', runtimeFraction: { defaultValue: { numerator: 0 } } }, ...to('d') },
    ]),
  ).toEqual([
    { authority: 'a', path: '/' },
    ['unreachable', [0]],
    { authority: 'a', path: '/' },
    ['unreachable', []],
  ])
})
