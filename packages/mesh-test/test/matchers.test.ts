import '@meshwright/mesh-test/vitest'
import { describe, expect, test } from 'vitest'
import { createMesh, type RoutedRequest, routeMatchers } from '../src/index.ts'
import { bookinfo, reviewsLine } from './bookinfo.ts'

const mesh = createMesh({ files: bookinfo })
const jason = mesh.request('GET http://reviews:9080/', {
  headers: { 'end-user': 'jason', cookie: 'a=b' },
})
const split = mesh.request('GET http://reviews:9080/x')
const old = mesh.request('GET http://reviews:9080/old/1?q')
const moved = mesh.request('GET http://reviews:9080/moved/a')
const teapot = mesh.request('GET http://reviews:9080/teapot')
const slow = mesh.request('GET http://reviews:9080/slow')
const nowhere = mesh.from({ kind: 'router' }).request('GET http://bookinfo.example.org:8080/no')

type Case = readonly [name: keyof typeof routeMatchers, of: RoutedRequest, ...expected: unknown[]]

/** What holds, and beside it something near that does not. */
const holds: readonly Case[] = [
  ['toRouteTo', jason, 'reviews', { subset: 'v2' }],
  ['toRouteTo', jason, 'reviews.default', { subset: 'v2', port: 9080 }],
  ['toRouteTo', jason, 'reviews.default.svc.cluster.local'],
  ['toRouteTo', split, 'reviews'],
  [
    'toRouteTo',
    mesh.request('GET http://reviews:9080/x', { random: 95 }),
    'reviews',
    { subset: 'v2' },
  ],
  ['toSplit', split, { v1: 90, v2: 10 }],
  ['toSplit', split, { v1: 90, v2: 10, v3: 0 }],
  ['toSplit', split, { reviews: 100 }],
  ['toSplit', jason, { v2: 100 }],
  ['toRedirectTo', moved, 'http://example.org/here'],
  ['toRedirectTo', moved, /example/, { status: 302 }],
  ['toRespondWith', teapot, 418],
  ['toRespondWith', teapot, 418, { body: 'short and stout' }],
  ['toBeRewrittenTo', old, { path: '/new/1?q' }],
  ['toBeRewrittenTo', old, { path: '/new/1?q', authority: 'reviews.example.org' }],
  ['toSendHeader', jason, 'X-Team', 'blue'],
  ['toSendHeader', jason, 'end-user', /^j/],
  ['toSendHeader', jason, 'x-served-by', 'mesh', { in: 'response' }],
  ['toRemoveHeader', jason, 'Cookie'],
  ['toRemoveHeader', jason, 'server', { in: 'response' }],
  ['toHaveFault', slow],
  ['toHaveFault', slow, { delay: '7s', percentage: 100 }],
  ['toHaveFault', slow, { abort: 503, percentage: 12.5 }],
  ['toHaveFault', slow, { delay: 7000, abort: 503 }],
  ['toHaveTimeout', jason, '5s'],
  ['toHaveTimeout', jason, 5000],
  ['toHaveTimeout', split, 0],
  ['toRetryOn', jason, 'gateway-error', { attempts: 3, perTryTimeout: '2s' }],
  ['toRetryOn', jason, 'connect-failure'],
  ['toMirrorTo', jason, 'ratings', { percentage: 25 }],
  ['toMirrorTo', jason, 'ratings'],
  ['toBeUnrouted', nowhere],
]

const fails: readonly Case[] = [
  ['toRouteTo', jason, 'reviews', { subset: 'v1' }],
  ['toRouteTo', jason, 'ratings'],
  ['toRouteTo', jason, 'reviews', { port: 80 }],
  ['toRouteTo', jason, 'reviews.other'],
  ['toRouteTo', split, 'reviews', { subset: 'v1' }],
  [
    'toRouteTo',
    mesh.request('GET http://reviews:9080/x', { random: 5 }),
    'reviews',
    { subset: 'v2' },
  ],
  ['toRouteTo', moved, 'reviews'],
  ['toSplit', split, { v1: 91, v2: 9 }],
  ['toSplit', split, { v1: 90 }],
  ['toSplit', split, { v1: 90, v2: 10, v3: 1 }],
  ['toSplit', moved, {}],
  ['toRedirectTo', moved, 'http://example.org/there'],
  ['toRedirectTo', moved, /example/, { status: 301 }],
  ['toRedirectTo', jason, /./],
  ['toRespondWith', teapot, 417],
  ['toRespondWith', teapot, 418, { body: 'tall' }],
  ['toRespondWith', moved, 302],
  ['toBeRewrittenTo', old, { path: '/new/1' }],
  ['toBeRewrittenTo', old, { path: '/new/1?q', authority: 'reviews' }],
  ['toBeRewrittenTo', old, {}],
  ['toSendHeader', jason, 'x-team', 'red'],
  ['toSendHeader', jason, 'cookie', 'a=b'],
  ['toSendHeader', jason, 'x-served-by', 'mesh'],
  ['toRemoveHeader', jason, 'x-team'],
  ['toRemoveHeader', jason, 'server'],
  ['toHaveFault', jason],
  ['toHaveFault', slow, { delay: '6s' }],
  ['toHaveFault', slow, { delay: '7s', percentage: 99 }],
  ['toHaveFault', slow, { percentage: 100 }],
  ['toHaveFault', slow, { abort: 500 }],
  ['toHaveTimeout', jason, '6s'],
  ['toHaveTimeout', moved, 0],
  ['toRetryOn', jason, '5xx'],
  ['toRetryOn', jason, 'gateway-error', { attempts: 2 }],
  ['toRetryOn', jason, 'gateway-error', { perTryTimeout: '3s' }],
  ['toMirrorTo', jason, 'ratings', { percentage: 24 }],
  ['toMirrorTo', jason, 'reviews'],
  ['toBeUnrouted', jason],
]

function run([name, of, ...expected]: Case): { pass: boolean; message: () => string } {
  const matcher = routeMatchers[name] as (...given: unknown[]) => ReturnType<typeof run>
  return matcher(of, ...expected)
}

function title([name, of, ...expected]: Case): string {
  return `${of.line} ${name} ${expected.map((one) => JSON.stringify(one)).join(', ')}`
}

describe('what holds', () => {
  test.each(holds.map((one) => [title(one), one] as const))('%s', (_, one) => {
    expect(run(one)).toMatchObject({ pass: true })
  })
})

describe('what does not hold', () => {
  test.each(fails.map((one) => [title(one), one] as const))('%s', (_, one) => {
    expect(run(one)).toMatchObject({ pass: false })
  })
})

test('every matcher is seen to hold and to fail', () => {
  const names = Object.keys(routeMatchers).sort()

  expect([...new Set(holds.map(([name]) => name))].sort()).toEqual(names)
  expect([...new Set(fails.map(([name]) => name))].sort()).toEqual(names)
})

test('vitest knows the matchers, negated too', () => {
  expect(jason).toRouteTo('reviews', { subset: 'v2' })
  expect(jason).not.toRouteTo('ratings')
  expect(split).toSplit({ v1: 90, v2: 10 })
  expect(() => expect(jason).not.toRouteTo('reviews')).toThrow(/not to route to reviews/)
})

test('a failure says what was looked at, and where each route is written', () => {
  const fail = (): void => expect(split).toRouteTo('reviews', { subset: 'v2' })
  const line = (text: string): string => `mesh/reviews.yaml:${reviewsLine(text)}`

  expect(fail).toThrow(
    'expected GET http://reviews:9080/x to route to reviews subset v2, got 90 % reviews.default.svc.cluster.local subset v1 port 9080, 10 %',
  )
  expect(fail).toThrow(`route 0 (jason) at ${line('- headers')}:11: expected `)
  expect(fail).toThrow(`route 5 at ${line('- uri: { prefix: / }')}:11: matched`)
})

test('what is no routed request is an error, so that a negation is not content with it', () => {
  expect(() => expect('GET /').not.toRouteTo('reviews')).toThrow(TypeError)
})
