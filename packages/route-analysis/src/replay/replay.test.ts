import type { RouteConfigurationJson } from '@meshwright/route-matcher'
import { seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import type { LoggedRequest } from './logged-request.ts'
import { readAccessLog } from './read-access-log.ts'
import { createReplay, replay } from './replay.ts'

const weighted = (v1: number, v2: number) => ({
  weightedClusters: {
    clusters: [
      { name: 'v1', weight: v1 },
      { name: 'v2', weight: v2 },
    ],
  },
})

const shop = (routes: NonNullable<RouteConfigurationJson['virtualHosts']>[0]['routes']) => ({
  virtualHosts: [{ name: 'shop', domains: ['shop'], routes: routes ?? [] }],
})

const to = (path: string, cluster = 'c') => ({ match: { prefix: path }, route: { cluster } })

const logged = (path: string, more: Partial<LoggedRequest> = {}): LoggedRequest => ({
  line: 1,
  method: 'GET',
  path,
  authority: 'shop',
  ...more,
})

describe('between two configurations', () => {
  test('counts of a synthetic log what was drawn to go where', () => {
    const before = shop([
      to('/cart', 'cart'),
      to('/login', 'users'),
      { match: { prefix: '/tea' }, route: weighted(9, 1) },
    ])
    const after = shop([
      to('/cart/gift', 'gifts'),
      to('/cart', 'cart'),
      { match: { prefix: '/login' }, redirect: { pathRedirect: '/' } },
      { match: { prefix: '/tea' }, route: weighted(1, 1) },
      to('/new', 'new'),
    ])
    const kinds = ['/cart', '/cart/gift', '/login', '/tea', '/new', '/none']
    const random = seededRandom(4)
    const counts = new Map<string, number>()
    function* log() {
      for (let line = 1; line <= 5000; line++) {
        const path = kinds[Math.floor(random() * kinds.length)] ?? ''
        counts.set(path, (counts.get(path) ?? 0) + 1)
        yield `{"method":"GET","path":"${path}?n=${line}","authority":"shop"}`
      }
    }

    const report = replay(readAccessLog(log()), before, after)

    const of = (path: string) => counts.get(path) ?? 0
    expect(report.requests).toBe(5000)
    expect(report.verdicts).toEqual({
      same: of('/cart') + of('/none'),
      possible: of('/tea'),
      elsewhere: of('/cart/gift') + of('/login') + of('/new'),
      undecided: 0,
    })
    const classes = report.classes.map(({ verdict, from, to, count }) => [verdict, from, to, count])
    expect(new Set(classes.map(String))).toEqual(
      new Set(
        [
          ['elsewhere', 'cluster cart', 'cluster gifts', of('/cart/gift')],
          ['elsewhere', 'cluster users', 'redirect 301', of('/login')],
          ['elsewhere', 'no route', 'cluster new', of('/new')],
          [
            'possible',
            'cluster v1 90 %, cluster v2 10 %',
            'cluster v1 50 %, cluster v2 50 %',
            of('/tea'),
          ],
        ].map(String),
      ),
    )
    expect(report.classes.every(({ examples }) => examples.length === 3)).toBe(true)
    expect(report.classes.flatMap(({ examples }) => examples).every(({ line }) => line > 0)).toBe(
      true,
    )
  })

  test('a redirect to another location is elsewhere', () => {
    const redirect = (pathRedirect: string) =>
      shop([{ match: { prefix: '/' }, redirect: { pathRedirect } }])

    expect(replay([logged('/a')], redirect('/x'), redirect('/y')).verdicts.elsewhere).toBe(1)
    expect(replay([logged('/a')], redirect('/x'), redirect('/x')).verdicts.same).toBe(1)
  })

  test('one draw decides fractions and weights: what it cannot reach is elsewhere', () => {
    // Half of the draws take the first route; of those, all are below 50 and choose v1.
    const before = shop([
      {
        match: { prefix: '/', runtimeFraction: { defaultValue: { numerator: 50 } } },
        route: weighted(50, 50),
      },
      to('/', 'v3'),
    ])
    const report = replay([logged('/')], before, shop([to('/', 'v2')]))

    expect(report.classes).toMatchObject([
      { verdict: 'elsewhere', from: 'cluster v1 50 %, cluster v3 50 %', to: 'cluster v2' },
    ])
    expect(replay([logged('/')], before, shop([to('/', 'v3')])).verdicts.possible).toBe(1)
  })

  test('a fraction in front of nothing leaves a share without a route', () => {
    const fraction = { defaultValue: { numerator: 2500, denominator: 'TEN_THOUSAND' } }
    const before = shop([
      { match: { prefix: '/', runtimeFraction: fraction }, route: { cluster: 'c' } },
    ])

    const { classes } = replay([logged('/')], before, shop([to('/')]))

    expect(classes).toMatchObject([
      { verdict: 'possible', from: 'cluster c 25 %, no route 75 %', to: 'cluster c' },
    ])
  })

  test('weights and fractions behind a generic matcher count too', () => {
    const action = (cluster: object, numerator: number) => ({
      name: 'a',
      typedConfig: {
        '@type': 'type.googleapis.com/envoy.config.route.v3.Route',
        match: { prefix: '/', runtimeFraction: { defaultValue: { numerator } } },
        route: cluster,
      },
    })
    const behind = (cluster: object, numerator: number) => ({
      virtualHosts: [
        {
          name: 'shop',
          domains: ['*'],
          matcher: { onNoMatch: { action: action(cluster, numerator) } },
        },
      ],
    })

    const { classes } = replay(
      [logged('/')],
      behind(weighted(9, 1), 100),
      behind(weighted(9, 1), 95),
    )

    expect(classes).toMatchObject([
      {
        verdict: 'possible',
        from: 'cluster v1 90 %, cluster v2 10 %',
        // Of the draws 95 to 99, four would choose v1.
        to: 'cluster v1 86 %, cluster v2 9 %, no route 5 %',
      },
    ])
  })

  test('says which headers the routes look at and the log lacks', () => {
    const match = {
      prefix: '/',
      headers: [
        { name: 'X-User', presentMatch: true },
        { name: 'x-tier', presentMatch: true },
        { name: ':method', stringMatch: { exact: 'GET' } },
      ],
    }
    const routes = shop([{ match, route: { cluster: 'a' } }, to('/')])
    const asked = logged('/', { headers: { 'x-user': 'jason' } })

    expect(replay([logged('/'), asked], routes, routes).notLogged).toEqual(['x-tier'])
  })
})

describe('against what the log says', () => {
  const after = shop([
    to('/a', 'a'),
    { name: 'split', match: { prefix: '/tea' }, route: weighted(9, 1) },
    { name: 'moved', match: { prefix: '/moved' }, redirect: { pathRedirect: '/' } },
    { match: { prefix: '/ok' }, directResponse: { status: 204 } },
  ])
  test.each<[string, Partial<LoggedRequest>, string, string]>([
    ['/a', { upstreamCluster: 'a' }, 'same', 'cluster a'],
    ['/a', { upstreamCluster: 'b' }, 'elsewhere', 'cluster b'],
    ['/tea', { upstreamCluster: 'v2' }, 'possible', 'cluster v2'],
    ['/tea', { upstreamCluster: 'v3' }, 'elsewhere', 'cluster v3'],
    ['/none', { responseFlags: 'NR' }, 'same', 'no route'],
    ['/a', { responseFlags: 'NR', status: 404 }, 'elsewhere', 'no route'],
    ['/moved', { routeName: 'moved' }, 'same', 'route moved'],
    ['/moved', { routeName: 'other' }, 'elsewhere', 'route other'],
    ['/a', { routeName: 'other' }, 'undecided', 'route other'],
    ['/moved', { status: 301 }, 'same', 'status 301'],
    ['/ok', { status: 204 }, 'same', 'status 204'],
    ['/a', { status: 503 }, 'undecided', 'status 503'],
    ['/a', {}, 'undecided', 'status unknown'],
  ])('%s with %o is %s', (path, more, verdict, from) => {
    const report = replay([logged(path, more)], undefined, after)

    expect(report.verdicts).toMatchObject({ [verdict]: 1 })
    expect(report.classes.map((it) => it.from)).toEqual(verdict === 'same' ? [] : [from])
  })
})

describe('bounds', () => {
  test('classes, examples and unreadable lines are kept up to the limits, and counted beyond', () => {
    const routes = shop([{ match: { prefix: '/' }, route: { clusterHeader: 'x-to' } }])
    const running = createReplay(undefined, routes, {
      maxClasses: 10,
      examples: 2,
      unreadableLines: 1,
    })
    for (let line = 1; line <= 100; line++) {
      const headers = { 'x-to': `c${line % 20}` }
      running.add(logged('/', { line, upstreamCluster: 'old', headers }))
      running.add({ line, text: '?', unreadable: 'expected JSON' })
    }

    const { classes, unlisted, unreadable, verdicts } = running.report()

    expect(verdicts.elsewhere).toBe(100)
    expect(classes).toHaveLength(10)
    expect(classes.every(({ count, examples }) => count === 5 && examples.length === 2)).toBe(true)
    expect(unlisted).toBe(50)
    expect(unreadable.count).toBe(100)
    expect(unreadable.first).toHaveLength(1)
  })
})
