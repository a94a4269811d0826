import { expect, test } from 'vitest'
import { compileRoutes, request } from '../src/index.ts'

const table = compileRoutes({
  virtualHosts: [
    {
      name: 'h',
      domains: ['*'],
      routes: [
        {
          match: {
            prefix: '/a',
            runtimeFraction: { defaultValue: { numerator: 50 } },
            headers: [{ name: 'x', stringMatch: { exact: '1' } }],
          },
          route: { cluster: 'c' },
        },
      ],
    },
  ],
})

test('a route tells what it asks for, path first, and what only the draw decides', () => {
  const asked = table.predicates(0, 0)

  expect(asked).toHaveLength(3)
  expect(asked[0]?.description).toBe('path prefix "/a"')
  expect(asked.map(({ draw }) => draw)).toEqual([false, true, false])
  expect(table.predicates(0, 1)).toEqual([])
  expect(table.predicates(1, 0)).toEqual([])
})

test.each([
  ['/b', 0, '1', 0],
  ['/a', 70, '1', 1],
  ['/a', 10, '2', 2],
  ['/a', 10, '1', 3],
])('explain counts the predicates that held: %s, draw %i, header %s', (path, random, x, held) => {
  const asked = request({ authority: 'h', path, headers: { x } })

  expect(table.explain(asked, { random }).candidates).toMatchObject([{ held, matched: held === 3 }])
})
