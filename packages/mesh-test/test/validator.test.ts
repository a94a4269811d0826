import { expect, test } from 'vitest'
import {
  createMesh,
  readValidatorTests,
  runValidatorTests,
  type SuiteResult,
} from '../src/index.ts'

const virtualServices = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop, namespace: shop }
spec:
  hosts: [www.example.com, example.com]
  http:
    - match: [{ uri: { regex: '/users(/.*)?' }, headers: { x-user-id: {} } }]
      route: [{ destination: { host: users.users.svc.cluster.local, port: { number: 80 } } }]
    - match: [{ uri: { prefix: /bots } }]
      route: [{ destination: { host: bots } }]
      fault: { abort: { percentage: { value: 100 }, httpStatus: 403 } }
      rewrite: { uri: /robots }
      headers: { request: { set: { x-robot: 'true' } } }
    - match: [{ uri: { prefix: /gone } }]
      redirect: { uri: /here, redirectCode: 302 }
    - match: [{ uri: { prefix: /team } }]
      delegate: { name: team }
    - route: [{ destination: { host: monolith } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: team, namespace: shop }
spec:
  http:
    - match: [{ uri: { prefix: /team/a } }]
      route: [{ destination: { host: team-a } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: door, namespace: shop }
spec:
  hosts: [door.example.com]
  gateways: [door]
  http:
    - route: [{ destination: { host: monolith } }]
`

function run(cases: string): SuiteResult {
  const mesh = createMesh({
    files: [{ path: 'vs.yaml', text: virtualServices }],
    assumeMissing: true,
  })
  return runValidatorTests(mesh, readValidatorTests({ path: 'tests.yaml', text: cases }))
}

const request = (uri: string, more = ''): string =>
  `request: { authority: [example.com], method: [GET], uri: ['${uri}'] ${more} }`

test('cases hold that are as the virtual services say, in every combination', () => {
  const result = run(`
testCases:
  - description: users
    wantMatch: true
    request:
      authority: [www.example.com, example.com]
      method: [GET, POST]
      uri: [/users, /users/]
      headers: { x-user-id: abc }
    route: [{ destination: { host: users.users.svc.cluster.local, port: { number: 80 } } }]
  - description: not for those without an id
    wantMatch: false
    ${request('/users')}
    route: [{ destination: { host: users.users.svc.cluster.local, port: { number: 80 } } }]
  - description: bots
    wantMatch: true
    ${request('/bots/1')}
    route: [{ destination: { host: bots.shop.svc.cluster.local }, weight: 0 }]
    fault: { abort: { httpStatus: 403, percentage: { value: 100 } } }
    rewrite: { uri: /robots }
    headers: { request: { set: { x-robot: 'true' } } }
  - description: gone
    wantMatch: true
    ${request('/gone')}
    redirect: { uri: /here, redirectCode: 302 }
  - description: delegated
    wantMatch: true
    ${request('/team/a/b')}
    delegate: { name: team }
    route: [{ destination: { host: team-a } }]
  - description: by the gateway
    wantMatch: true
    request: { authority: [door.example.com], method: [GET], uri: [/] }
    route: [{ destination: { host: monolith } }]
`)

  expect(result.cases.filter(({ ok }) => !ok)).toEqual([])
  expect(result.passed).toBe(6)
  expect(result.coverage).toBe(100)
})

test('a case that does not hold says which request, what was expected and where the route is written', () => {
  const { passed, failed, cases, coverage } = run(`
TestCases:
  - description: wrong
    wantMatch: true
    ${request('/bots')}
    route: [{ destination: { host: monolith } }]
    rewrite: { uri: /robots }
  - description: unwanted
    ${request('/other')}
    route: [{ destination: { host: monolith } }]
`)

  expect([passed, failed]).toEqual([0, 2])
  expect(coverage).toBeCloseTo((100 * 2) / 6)
  expect(cases[0]?.failures).toEqual([
    {
      field: 'GET http://example.com/bots: route',
      expected: '[{"destination":{"host":"monolith.shop.svc.cluster.local"}}]',
      actual: '[{"destination":{"host":"bots.shop.svc.cluster.local"}}] (vs.yaml:9:15)',
    },
  ])
  expect(cases[1]?.failures[0]?.expected).toBe(
    'anything but [{"destination":{"host":"monolith.shop.svc.cluster.local"}}]',
  )
})

test('what no virtual service speaks for matches nothing', () => {
  const { cases } = run(`
testCases:
  - { description: elsewhere, wantMatch: true, request: { authority: [other.example.com], method: [GET], uri: [/] }, route: [{ destination: { host: monolith } }] }
`)

  expect(cases[0]?.failures[0]?.actual).toBe('nothing (no written route)')
})

test.each([
  ['tests: []', 'expected a list testCases'],
  ['testCases: [', 'tests.yaml:1:13: '],
  ['testCases: &a [*a]', 'tests.yaml: expected at most 128 levels'],
  [
    'testCases: [{ request: { authority: [], method: [GET], uri: [/] } }]',
    'testCases[0].request.authority',
  ],
  [
    'testCases: [{ request: { authority: [a], method: GET, uri: [/] } }]',
    'testCases[0].request.method',
  ],
  [
    'testCases: [{ request: { authority: [a], method: [GET], uri: [/], headers: { a: 1 } } }]',
    'testCases[0].request.headers',
  ],
])('a file that is not of the form is refused: %s', (text, message) => {
  expect(() => readValidatorTests({ path: 'tests.yaml', text })).toThrow(message)
  expect(() => readValidatorTests({ path: 'tests.yaml', text })).toThrow('ERR_MESH_TEST_SUITE')
})

test('a file without a test is refused: nothing would be tested', () => {
  for (const text of ['', 'testCases: []', '---\n---\n']) {
    expect(() => readValidatorTests({ path: 't.yaml', text })).toThrow(
      't.yaml: expected at least one test, got none [ERR_MESH_TEST_SUITE]',
    )
  }
})
