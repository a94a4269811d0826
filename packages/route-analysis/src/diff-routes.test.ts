import type { RouteConfigurationJson, RouteJson } from '@meshwright/route-matcher'
import { describe, expect, test } from 'vitest'
import { diffRoutes } from './diff-routes.ts'

const to = (cluster: string): Pick<RouteJson, 'route'> => ({ route: { cluster } })
const on = (name: string, exact: string) => ({ headers: [{ name, stringMatch: { exact } }] })

function shop(routes: readonly RouteJson[]): RouteConfigurationJson {
  return { virtualHosts: [{ name: 'shop', domains: ['*'], routes }] }
}

function weighted(...clusters: (readonly [name: string, weight: number])[]): RouteJson {
  return {
    match: { prefix: '/' },
    route: { weightedClusters: { clusters: clusters.map(([name, weight]) => ({ name, weight })) } },
  }
}

function clustersOf(diff: ReturnType<typeof diffRoutes>): unknown {
  const told = ({ shares }: (typeof diff.classes)[number]['before']) =>
    shares.map(({ share, answer }) => [
      share,
      answer?.kind === 'cluster' ? answer.clusters[0]?.cluster : answer?.kind,
    ])
  return diff.classes.map(({ before, after, witness }) => [
    told(before),
    told(after),
    witness.request.path,
  ])
}

const rewrite = (regex: string, substitution: string) => ({
  regexRewrite: { pattern: { regex }, substitution },
})

describe('nothing changes', () => {
  const catchAll = { match: { prefix: '/' }, ...to('rest') }
  const equivalent: readonly (readonly [string, readonly RouteJson[], readonly RouteJson[]])[] = [
    [
      'when rules that no request fits both are exchanged',
      [{ match: { path: '/a' }, ...to('a') }, { match: { path: '/b' }, ...to('b') }, catchAll],
      [{ match: { path: '/b' }, ...to('b') }, { match: { path: '/a' }, ...to('a') }, catchAll],
    ],
    [
      'when a rule is split in two',
      [{ match: { prefix: '/a' }, ...to('a') }],
      [
        { match: { path: '/a' }, ...to('a') },
        { match: { safeRegex: { regex: '/a.+' } }, ...to('a') },
      ],
    ],
    [
      'when a rule is split by a header',
      [{ match: { prefix: '/' }, ...to('a') }],
      [
        { match: { prefix: '/', ...on('x', '1') }, ...to('a') },
        { match: { prefix: '/', headers: [{ name: 'x', presentMatch: true }] }, ...to('a') },
        {
          match: { prefix: '/', headers: [{ name: 'x', presentMatch: true, invertMatch: true }] },
          ...to('a'),
        },
      ],
    ],
    [
      'when a rule that is never reached goes',
      [catchAll, { match: { path: '/a' }, ...to('a') }],
      [catchAll],
    ],
    [
      'when weights are listed in another order or in another measure',
      [weighted(['a', 90], ['b', 10])],
      [weighted(['b', 1], ['a', 9])],
    ],
    [
      'when a fraction does what weights did',
      [weighted(['a', 30], ['b', 70])],
      [
        {
          match: { prefix: '/', runtimeFraction: { defaultValue: { numerator: 30 } } },
          ...to('a'),
        },
        { match: { prefix: '/' }, ...to('b') },
      ],
    ],
    [
      'when a prefix rewrite keeps what it used to write again',
      [{ match: { prefix: '/a/b' }, route: { cluster: 'a', prefixRewrite: '/z/b' } }],
      [
        { match: { path: '/a/b' }, route: { cluster: 'a', prefixRewrite: '/z/b' } },
        {
          match: { prefix: '/a', headers: [{ name: ':path', stringMatch: { prefix: '/a/b' } }] },
          route: { cluster: 'a', prefixRewrite: '/z' },
        },
      ],
    ],
    [
      'when few paths are rewritten to the same by patterns',
      [
        {
          match: { safeRegex: { regex: '/[ab]/(x|y)' } },
          route: { cluster: 'a', ...rewrite('^/[ab]/', '/c/') },
        },
      ],
      [
        {
          match: { path: '/a/x', caseSensitive: true },
          route: { cluster: 'a', prefixRewrite: '/c/x' },
        },
        {
          match: { safeRegex: { regex: '/[ab]/[xy]' } },
          route: { cluster: 'a', ...rewrite('^/.', '/c') },
        },
      ],
    ],
    [
      'when a path in any case is rewritten by a pattern',
      [
        {
          match: { path: '/a', caseSensitive: false },
          route: { cluster: 'a', prefixRewrite: '/c' },
        },
      ],
      [
        {
          match: { safeRegex: { regex: '/[aA]' } },
          route: { cluster: 'a', ...rewrite('.+', '/c') },
        },
      ],
    ],
    ['when a route is renamed', [{ ...catchAll, name: 'one' }], [{ ...catchAll, name: 'two' }]],
  ]

  test.each(equivalent)('%s', (_, before, after) => {
    expect(diffRoutes(shop(before), shop(after))).toMatchObject({
      equivalent: true,
      classes: [],
      unknown: [],
    })
  })

  test('when virtual hosts are split by host and renamed', () => {
    const routes = [{ match: { prefix: '/' }, ...to('a') }]

    const diff = diffRoutes(
      { virtualHosts: [{ name: 'one', domains: ['*'], routes }] },
      {
        virtualHosts: [
          { name: 'first', domains: ['a.example', '*.example'], routes },
          { name: 'second', domains: ['b.*'], routes },
          { name: 'third', domains: ['*'], routes },
        ],
      },
    )

    expect(diff).toMatchObject({ equivalent: true })
  })
})

describe('a change is told with its shortest request', () => {
  test('where rules change places that some requests fit both of', () => {
    const a = { match: { prefix: '/a' }, ...to('a') }
    const x = { match: { prefix: '/', ...on('x', '1') }, ...to('x') }

    const diff = diffRoutes(shop([a, x]), shop([x, a]))

    expect(clustersOf(diff)).toEqual([[[[1, 'a']], [[1, 'x']], '/a']])
    expect(diff.classes[0]?.witness.request.headers).toEqual({ x: '1' })
    expect(diff.classes[0]?.summary).toBe('host like "a", path begins with "/a", header x is "1"')
  })

  test('in words that leave out what does not change', () => {
    const exact = (value: string) => ({
      prefix: '/',
      headers: [{ name: 'end-user', stringMatch: { exact: value } }],
    })
    const prefix = (value: string) => ({
      prefix: '/',
      headers: [{ name: 'end-user', stringMatch: { prefix: value } }],
    })
    const rest = { match: { prefix: '/' }, ...to('v1') }
    const others = ['/cart', '/a', '/b', '/c', '/d', '/e'].map((path) => ({
      match: { prefix: path },
      ...to('same'),
    }))

    const { classes } = diffRoutes(
      shop([...others, { match: exact('jason'), ...to('v2') }, rest]),
      shop([...others, { match: prefix('jas'), ...to('v2') }, rest]),
    )

    expect(classes.map(({ summary }) => summary)).toEqual([
      'host like "a", path begins with "/" unless it begins with "/a" or begins with "/b" or begins with "/c" or falls under others, header end-user begins with "jas" unless it is "jason"',
    ])
  })

  test('in words that name no exception of which there is none, in a long list', () => {
    const list = (cluster: string) =>
      Array.from({ length: 500 }, (_, i) => ({
        match: { prefix: `/service-${i}/` },
        ...to(i === 77 ? cluster : `s${i}`),
      }))

    const { classes } = diffRoutes(shop(list('before')), shop(list('after')))

    expect(classes.map(({ summary }) => summary)).toEqual([
      'host like "a", path begins with "/service-77/"',
    ])
  })

  test('where weights change', () => {
    const diff = diffRoutes(
      shop([weighted(['a', 90], ['b', 10])]),
      shop([weighted(['a', 80], ['b', 20])]),
    )

    expect(clustersOf(diff)).toEqual([
      [
        [
          [0.9, 'a'],
          [0.1, 'b'],
        ],
        [
          [0.8, 'a'],
          [0.2, 'b'],
        ],
        '/',
      ],
    ])
  })

  test('where a path is no longer answered', () => {
    const diff = diffRoutes(
      shop([{ match: { prefix: '/a' }, ...to('a') }]),
      shop([{ match: { pathSeparatedPrefix: '/a' }, ...to('a') }]),
    )

    expect(clustersOf(diff)).toEqual([[[[1, 'a']], [[1, undefined]], '/aa']])
  })

  test('where a rewrite changes one path only', () => {
    const rewrite = (prefixRewrite: string) => ({ route: { cluster: 'a', prefixRewrite } })

    const diff = diffRoutes(
      shop([{ match: { prefix: '/a' }, ...rewrite('/b') }]),
      shop([
        { match: { path: '/a/x' }, ...rewrite('/b/x') },
        { match: { path: '/a/y' }, ...rewrite('/b/z') },
        { match: { prefix: '/a' }, ...rewrite('/b') },
      ]),
    )

    expect(diff.classes.map(({ witness }) => witness.request.path)).toEqual(['/a/y'])
  })

  test('where a host gets a virtual host of its own', () => {
    const host = (name: string, domain: string, cluster: string) => ({
      name,
      domains: [domain],
      routes: [{ match: { prefix: '/' }, ...to(cluster) }],
    })

    const diff = diffRoutes(
      { virtualHosts: [host('all', '*.example', 'all')] },
      { virtualHosts: [host('all', '*.example', 'all'), host('own', 'own.*', 'own')] },
    )

    expect(clustersOf(diff)).toEqual([[[[1, undefined]], [[1, 'own']], '/']])
    expect(diff.classes[0]?.witness.request.authority).toBe('own.a')
  })
})

test('other headers that only internal requests may carry are not equivalent', () => {
  const { virtualHosts = [] } = shop([{ match: { prefix: '/' }, ...to('a') }])
  const diff = (before: readonly string[], after: readonly string[]) =>
    diffRoutes(
      { virtualHosts, internalOnlyHeaders: before },
      { virtualHosts, internalOnlyHeaders: after },
    )

  expect(diff(['x-a', 'X-B'], ['x-b', 'x-a']).equivalent).toBe(true)
  expect(diff(['x-a'], [])).toMatchObject({
    equivalent: false,
    unknown: [{ summary: 'requests from outside with such a header' }],
  })
})

test('one of few paths that is rewritten to something else is told', () => {
  const match = { safeRegex: { regex: '/a|/bb' } }
  const { classes } = diffRoutes(
    shop([{ match, route: { cluster: 'x', ...rewrite('^/a$', '/c') } }]),
    shop([{ match, route: { cluster: 'x', ...rewrite('^/.$', '/c') } }]),
  )
  const other = diffRoutes(
    shop([{ match, route: { cluster: 'x', ...rewrite('^/a$', '/c') } }]),
    shop([{ match, route: { cluster: 'x', ...rewrite('.+', '/c') } }]),
  )

  expect(classes).toEqual([])
  expect(other.classes.map(({ witness }) => witness.request.path)).toEqual(['/bb'])
})

test('where only the draw decides, the witness has one that tells', () => {
  const [before, after] = [weighted(['a', 90], ['b', 10]), weighted(['a', 89], ['b', 11])]

  const [odds] = diffRoutes(shop([before]), shop([after])).classes
  const [all] = diffRoutes(shop([before]), shop([{ match: { prefix: '/' }, ...to('c') }])).classes

  expect(odds?.witness.random).toBe(89)
  expect(all?.witness.random).toBe(0)
})

test('of more differences than are to be listed the rest is unknown, and what is listed is right', () => {
  const headers = ['x-a', 'x-b']
  const routes = Array.from({ length: 20 }, (_, index) => ({
    match: { prefix: '/', ...on(headers[index % 2] ?? '', `${index}`) },
    ...to(`c${index}`),
  }))

  const all = diffRoutes(shop(routes), shop(routes.toReversed()))
  const some = diffRoutes(shop(routes), shop(routes.toReversed()), { maxClasses: 7 })

  expect(all.classes.length).toBe(100)
  expect(all.unknown).toEqual([])
  expect(some.classes.length).toBe(7)
  expect(some.equivalent).toBe(false)
  expect(some.unknown.map(({ reason }) => reason)).toEqual(['there are more than 7 classes'])
  const keys = new Set(all.classes.map(({ before, after }) => JSON.stringify([before, after])))
  for (const { before, after } of some.classes) {
    expect(keys).toContain(JSON.stringify([before, after]))
  }
})
