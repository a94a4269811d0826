import { describe, expect, test } from 'vitest'
import { compileRoutes, request } from '../src/index.ts'

describe('explain', () => {
  const table = compileRoutes({
    virtualHosts: [
      {
        name: 'shop',
        domains: ['shop.*'],
        routes: [
          {
            name: 'jason',
            match: { prefix: '/', headers: [{ name: 'x-user', stringMatch: { exact: 'jason' } }] },
            route: { cluster: 'v2' },
          },
          { match: { path: '/old' }, redirect: { pathRedirect: '/new' } },
          { match: { prefix: '/' }, route: { cluster: 'v1' } },
        ],
      },
    ],
  })

  test('names each route passed over, the predicate that failed and what it saw', () => {
    expect(
      String(
        table.explain(request({ authority: 'shop.org', path: '/x', headers: { 'x-user': 'ann' } })),
      ),
    ).toBe(
      [
        'virtual host shop by domain shop.*',
        'route 0 (jason): expected header x-user exact "jason", saw "ann"',
        'route 1: expected path exact "/old", saw "/x"',
        'route 2: matched',
        'cluster v1',
      ].join('\n'),
    )
  })

  test('says where no domain fits', () => {
    expect(table.explain(request({ authority: 'x', path: '/' }))).toMatchObject({
      virtualHost: undefined,
      candidates: [],
      outcome: 'no route: no domain fits "x"',
    })
  })
})
