import { describe, expect, test } from 'vitest'
import { createMesh, type Mesh } from '../mesh.ts'
import { suiteResult } from '../suite-result.ts'
import { diffMarkdown, diffText } from './diff-report.ts'
import { junitOf } from './junit.ts'
import { diffMeshes, diffProblems } from './mesh-diff.ts'
import { problemsSuite, problemsText } from './problem.ts'
import { sarifOfProblems } from './problem-sarif.ts'
import { sendSuite } from './send-suite.ts'
import { analyzeMesh, unreachableProblems } from './unreachable-report.ts'
import { witnessText } from './witness-text.ts'

function envoy(path: string, ...routes: readonly string[]): Mesh {
  const text = [
    'virtual_hosts:',
    '- name: h',
    '  domains: ["*"]',
    '  routes:',
    ...routes.map((route) => `  - ${route}`),
  ].join('\n')
  return createMesh({ files: [{ path, text }] })
}

const to = (prefix: string, rest: string) => `{ match: { prefix: ${prefix} }, ${rest} }`

describe('unreachable routes', () => {
  test('a covered route is a finding at its place, with what covers it', () => {
    const mesh = envoy(
      'e.yaml',
      to('/', 'route: { cluster: a }'),
      to('/x', 'route: { cluster: b }'),
    )
    const problems = unreachableProblems(analyzeMesh(mesh))
    expect(problems).toHaveLength(1)
    expect(problemsText(problems)).toMatch(
      /^e\.yaml:6:5: warning: no request takes this route of h: .*taken before by e\.yaml:5:5\n$/,
    )
    expect(problemsSuite(problems, 'fine')).toMatchObject({ passed: 0, failed: 1 })
  })

  test('without one there is none, and a suite passes', () => {
    const mesh = envoy(
      'e.yaml',
      to('/x', 'route: { cluster: b }'),
      to('/', 'route: { cluster: a }'),
    )
    const analysis = analyzeMesh(mesh)
    expect([analysis.findings.length, unreachableProblems(analysis)]).toEqual([2, []])
    expect(problemsSuite([], 'fine')).toMatchObject({ passed: 1, failed: 0 })
  })

  test('what stands behind a route without conditions is one, though no proxy is told of it', () => {
    const text = [
      'apiVersion: networking.istio.io/v1',
      'kind: VirtualService',
      'metadata: { name: v, namespace: default }',
      'spec:',
      '  hosts: [reviews]',
      '  http:',
      '  - route: [{ destination: { host: reviews } }]',
      '  - match: [{ uri: { prefix: /x } }]',
      '    route: [{ destination: { host: ratings } }]',
    ].join('\n')
    const mesh = createMesh({ files: [{ path: 'v.yaml', text }], assumeMissing: true })
    const problems = unreachableProblems(analyzeMesh(mesh))
    expect(problems.map(({ source }) => source?.path)).toEqual(['spec.http[1].match[0]'])
  })
})

describe('a difference', () => {
  const before = envoy('a.yaml', to('/', 'route: { cluster: old }'))

  test('of nothing is a proof', () => {
    const split = envoy(
      'b.yaml',
      to('/x', 'route: { cluster: old }'),
      to('/', 'route: { cluster: old }'),
    )
    const diff = diffMeshes(before, split)
    expect(diff.equivalent).toBe(true)
    expect(diffText(diff)).toMatch(/^Nothing changes, proven: /)
    expect(diffMarkdown(diff)).toMatch(/^### Routing: nothing changes\n\nNothing changes, proven: /)
    expect(diffProblems(diff)).toEqual([])
  })

  test('says what changes for whom, and where the route is that answers now', () => {
    const after = envoy(
      'b.yaml',
      to('/x', 'route: { cluster: new }'),
      to('/', 'route: { cluster: old }'),
    )
    const diff = diffMeshes(before, after)
    const text = diffText(diff)
    expect(text).toMatch(/^1 class of requests changed\.\n/)
    expect(text).toMatch(/ {2}example: GET http:\/\/\S+\/x\n/)
    expect(text).toMatch(
      / {2}before: {2}cluster old {2}\(a\.yaml:5:5\)\n {2}now: {5}cluster new {2}\(b\.yaml:5:5\)\n/,
    )
    expect(diffProblems(diff)).toMatchObject([
      { rule: 'changed-requests', source: { file: 'b.yaml', line: 5, column: 5 } },
    ])
  })

  test('in how requests are treated is told field by field', () => {
    const after = envoy('b.yaml', to('/', 'route: { cluster: old, timeout: 3s }'))
    expect(diffText(diffMeshes(before, after))).toContain('timeoutMs: 15000 → 3000')
  })

  test('in names of statistics and traces counts only if it is asked for', () => {
    const after = envoy(
      'b.yaml',
      to('/', 'stat_prefix: s, decorator: { operation: o }, route: { cluster: old }'),
    )
    expect(diffMeshes(before, after).equivalent).toBe(true)
    expect(diffMeshes(before, after, { telemetry: true }).equivalent).toBe(false)
  })

  test('in Markdown is a table that text of the configuration cannot break out of', () => {
    const after = envoy('b.yaml', to('/', 'route: { cluster: "a|b <img> `c` [d](e)" }'))
    const rows = diffMarkdown(diffMeshes(before, after))
      .split('\n')
      .filter((line) => line.startsWith('| '))
    expect(rows).toHaveLength(2)
    expect(rows[1]?.replaceAll(/\\./g, '').match(/\|/g)).toHaveLength(5)
    expect(rows[1]).toContain(String.raw`a\|b &lt;img> \`c\` \[d\](e)`)
  })

  test('route configurations of one name are compared, and what one side lacks answers nothing', () => {
    const mesh = (...names: readonly string[]) =>
      createMesh({
        files: names.map((name) => ({
          path: `${name}.yaml`,
          text: `name: ${name}\nvirtual_hosts: [{ name: h, domains: ["*"], routes: [${to('/', 'route: { cluster: c }')}] }]`,
        })),
      })
    const diff = diffMeshes(mesh('one', 'two'), mesh('two', 'three'))
    expect(diff.compared).toBe(3)
    expect(diff.changes.map(({ routeConfiguration }) => routeConfiguration)).toEqual([
      'one',
      'three',
    ])
  })
})

test('SARIF has the range of the route', () => {
  const mesh = envoy('e.yaml', to('/', 'route: { cluster: a }'), to('/x', 'route: { cluster: b }'))
  const problems = unreachableProblems(analyzeMesh(mesh))
  expect(sarifOfProblems(problems, { uriOf: (file) => `u/${file}` })).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { rules: [{ id: 'unreachable-route' }] } },
        results: [
          {
            ruleId: 'unreachable-route',
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: 'u/e.yaml' },
                  region: { startLine: 6, startColumn: 5, endLine: 6 },
                },
              },
            ],
          },
        ],
      },
    ],
  })
})

test('SARIF has what its schema requires: absolute lines, ends behind the last character, paths as URIs', () => {
  const mesh = envoy(
    'my mesh/e%1.yaml',
    to('/', 'route: { cluster: a }'),
    to('/x', 'route: { cluster: b }'),
  )
  const log = sarifOfProblems(unreachableProblems(analyzeMesh(mesh))) as {
    runs: { results: { locations: { physicalLocation: unknown }[] }[] }[]
  }

  expect(log).toMatchObject({
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'meshwright' } } }],
  })
  const [result] = log.runs[0]?.results ?? []
  expect(result).toMatchObject({ level: 'warning', message: { text: expect.any(String) } })
  const written = to('/x', 'route: { cluster: b }')
  expect(result?.locations.map(({ physicalLocation }) => physicalLocation)).toEqual([
    {
      artifactLocation: { uri: 'my%20mesh/e%251.yaml' },
      region: { startLine: 6, startColumn: 5, endLine: 6, endColumn: 5 + written.length },
    },
  ])
})

test('JUnit escapes what XML would take for itself, and replaces what it cannot write', () => {
  const xml = junitOf(
    'a"b',
    suiteResult([
      { name: '<ok>&', ok: true, failures: [] },
      {
        name: 'bad\u0000',
        ok: false,
        failures: [{ field: 'f', expected: '1 < 2', actual: '\ud800' }],
      },
    ]),
  )
  expect(xml).toContain('<testsuites tests="2" failures="1" errors="0" skipped="0">')
  expect(xml).toContain('<testcase classname="a&quot;b" name="&lt;ok&gt;&amp;"/>')
  expect(xml).toContain('name="bad\ufffd">')
  expect(xml).toContain('<failure message="f: expected 1 &lt; 2, got \ufffd" type="f">')
})

test('a witness can be pasted into a shell', () => {
  expect(
    witnessText({
      request: { authority: 'h', path: '/', headers: { x: "it's", y: ['1', '2'] } },
      random: 7,
    }),
  ).toBe(`GET http://h/ -H 'x: it'\\''s' -H 'y: 1' -H 'y: 2' --random 7`)
})

test('the requests of a test file count for coverage, whichever tool it is of', () => {
  const mesh = envoy('e.yaml', to('/x', 'route: { cluster: b }'), to('/', 'route: { cluster: a }'))
  const tests = [
    { test_name: 't', input: { authority: 'h', path: '/x', method: 'GET' }, validate: {} },
  ]
  sendSuite(mesh, { path: 't.json', text: JSON.stringify({ tests }) })
  expect(mesh.coverage()).toMatchObject({ requests: 1, routes: { total: 2, covered: 1 } })
  const validator = 'testCases: [{ request: { authority: [a], method: [GET], uri: [/] } }]'
  expect(() => sendSuite(mesh, { path: 'v.yaml', text: validator })).toThrow(
    "mesh of Istio's resources",
  )
})

test('fractions are on for the tests that name their runtime key, as in the tool', () => {
  const fraction = (key: string, numerator: number) =>
    `runtime_fraction: { runtime_key: ${key}, default_value: { numerator: ${numerator} } }`
  const mesh = envoy(
    'e.yaml',
    `{ match: { prefix: /off, ${fraction('off', 0)} }, route: { cluster: a } }`,
    `{ match: { prefix: /, ${fraction('some', 30)} }, route: { cluster: b } }`,
    to('/', 'route: { cluster: c }'),
  )
  const hits = () => mesh.coverage().written.map(({ hits: each }) => each)
  const send = (input: object): void => {
    const validate = { cluster_name: 'x' }
    const all = { authority: 'h', path: '/off', method: 'GET', ...input }
    const tests = [{ test_name: 't', input: all, validate }]
    sendSuite(mesh, { path: 't.json', text: JSON.stringify({ tests }) })
  }

  send({})
  expect(hits()).toEqual([0, 0, 1])
  send({ runtime: 'some', random_value: 29 })
  expect(hits()).toEqual([0, 1, 1])
  send({ runtime: 'some', random_value: 30 })
  expect(hits()).toEqual([0, 1, 2])
  send({ runtime: 'off' })
  expect(hits()).toEqual([1, 1, 2])
})
