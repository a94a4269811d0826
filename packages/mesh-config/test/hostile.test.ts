import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../src/index.ts'

const read = (text: string) => readConfig([{ path: 'a.yaml', text }])
const entry = (labels: string): string => `apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: a}
spec:
  address: 10.0.0.1
  labels: ${labels}
`

function bomb(): string {
  const levels = Array.from({ length: 20 }, (_, level) => {
    const inner = level === 0 ? '[x, x, x, x]' : `[*a${level - 1}, *a${level - 1}, *a${level - 1}]`
    return `a${level}: &a${level} ${inner}`
  })
  return levels.join('\n')
}

describe('refuses, in bounded time and with a place', () => {
  test.each([
    ['an alias bomb', bomb(), 'ERR_CONFIG_LIMIT'],
    ['deep brackets', '['.repeat(100_000), 'ERR_CONFIG_LIMIT'],
    ['deep maps', '{a: '.repeat(900), 'ERR_CONFIG_LIMIT'],
    ['closed deep brackets', `a: ${'['.repeat(200)}${']'.repeat(200)}`, 'ERR_CONFIG_LIMIT'],
    ['deep dashes', '- '.repeat(50_000), 'ERR_CONFIG_LIMIT'],
    [
      'deep indentation',
      Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      'ERR_CONFIG_LIMIT',
    ],
    ['a tab for indentation', 'a:\n\tb: 1', 'ERR_CONFIG_SYNTAX'],
    ['a NUL', 'a: "\0"', 'ERR_CONFIG_SYNTAX'],
    ['an escape', 'a: \u001b[31m', 'ERR_CONFIG_SYNTAX'],
    ['an alias to nothing', 'a: *b', 'ERR_CONFIG_SYNTAX'],
    ['an alias to itself', 'a: &a [*a]', 'ERR_CONFIG_SYNTAX'],
    ['an unknown tag', 'a: !!js/function x', 'ERR_CONFIG_SYNTAX'],
    ['a key twice', 'kind: a\nkind: b', 'ERR_CONFIG_DUPLICATE_KEY'],
    ['a key that is a list', '? [a]\n: b', 'ERR_CONFIG_SYNTAX'],
    ['a list for a document', '- a', 'ERR_CONFIG_NOT_RESOURCE'],
    ['a word for a document', 'hello', 'ERR_CONFIG_NOT_RESOURCE'],
    ['a dense flow', `a: [${'a,'.repeat(1_500_000)}a]`, 'ERR_CONFIG_LIMIT'],
    ['dense dashes', `a:\n${'-\n'.repeat(1_500_000)}`, 'ERR_CONFIG_LIMIT'],
    ['endless lines', `${'\n'.repeat(3_000_000)}a: b`, 'ERR_CONFIG_LIMIT'],
    ['endless comments', `a: b\n${'#\n'.repeat(1_500_000)}c: d`, 'ERR_CONFIG_LIMIT'],
    ['endless directives', `${'%a b\n'.repeat(500_000)}---\na: b`, 'ERR_CONFIG_LIMIT'],
    ['directives without a document', '%YAML 1.2\n', 'ERR_CONFIG_SYNTAX'],
    ['an endless document', `a: ${'x'.repeat(3 * 1024 * 1024)}`, 'ERR_CONFIG_LIMIT'],
  ])('%s', (_, text, code) => {
    const { snapshot, diagnostics } = read(text)

    expect(snapshot).toBeUndefined()
    expect(diagnostics[0]).toMatchObject({ code, file: 'a.yaml', line: expect.any(Number) })
  })
})

test('cuts what it quotes, however long', () => {
  const long = 'x'.repeat(100_000)
  const texts = [
    `apiVersion: networking.istio.io/v1\nkind: ${long}`,
    `apiVersion: ${long}/v1\nkind: Service`,
    `a: !${long} b`,
    `${long}: 1\n${long}: 2`,
    entry(`{a: b}\n  ${long}: 1`),
    entry(`{a: b}\n  weight: ${long}`),
  ]

  for (const { diagnostics } of texts.map(read)) {
    expect(diagnostics.length).toBeGreaterThan(0)
    for (const { message, got = '', path } of diagnostics) {
      expect(Math.max(message.length, got.length, path.length)).toBeLessThan(1000)
    }
  }
})

test('finds the places of many faults inside a text inside a text', () => {
  const lines = Array.from({ length: 10_000 }, (_, index) => `    accessLogFil${index}: 1`)
  const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio}\ndata:\n  mesh: |\n${lines.join('\n')}`

  const { diagnostics } = read(text)

  expect(diagnostics).toHaveLength(lines.length)
  expect(diagnostics.at(-1)).toMatchObject({ line: 5 + lines.length, column: 5 })
})

test('compares many routes and many gateways in bounded time', () => {
  const routes = Array.from(
    { length: 10_000 },
    (_, index) => `  - {match: [{uri: {exact: /${index}}}], directResponse: {status: 200}}`,
  )
  const virtualService = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a}
spec:
  hosts: [a.test]
  http:
${routes.join('\n')}`
  const gateways = Array.from(
    { length: 2000 },
    (_, index) => `---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: g${index}}
spec: {servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a${index}.test]}]}
`,
  )

  expect(read(virtualService).diagnostics).toEqual([])
  expect(read(gateways.join('')).diagnostics).toEqual([])
})

test('keeps names of prototypes as ordinary names', () => {
  const text = 'defaultConfig: {proxyMetadata: {__proto__: a, constructor: b, toString: c}}'

  const { snapshot } = readConfig([{ path: 'mesh.yaml', text }])

  const metadata = snapshot?.mesh.defaultConfig?.proxyMetadata ?? {}
  expect(Object.entries(metadata)).toEqual([
    ['__proto__', 'a'],
    ['constructor', 'b'],
    ['toString', 'c'],
  ])
  expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype)
})

test('knows no field, kind or group by the name of a prototype', () => {
  const codes = (text: string) => read(text).diagnostics.map(({ code }) => code)

  expect(codes(entry('{a: b}\n  constructor: {}'))).toEqual(['ERR_CONFIG_UNKNOWN_FIELD'])
  expect(codes('apiVersion: networking.istio.io/v1\nkind: constructor')).toEqual([
    'ERR_CONFIG_UNKNOWN_KIND',
  ])
  expect(codes('apiVersion: __proto__/v1\nkind: toString')).toEqual(['WARN_CONFIG_FOREIGN_KIND'])
})

test('merges where a document says so, its own keys first', () => {
  const { snapshot } = read(entry('{<<: {a: b, c: d}, a: own}'))

  expect(snapshot?.workloadEntries[0]?.spec.labels).toEqual({ a: 'own', c: 'd' })
})

test('reads what comes with carriage returns, byte order mark and directives', () => {
  const text = `\ufeff%YAML 1.2\r\n---\r\n${entry('{a: b}').replaceAll('\n', '\r\n')}...\r\n# the end\r\n`

  const { snapshot, diagnostics } = read(text)

  expect(diagnostics).toEqual([])
  expect(snapshot?.workloadEntries[0]?.source).toEqual({ file: 'a.yaml', line: 3, column: 1 })
})

test('never throws, whatever it is given', () => {
  const yaml = fc.string({
    unit: fc.constantFrom(
      'a',
      ':',
      ' ',
      '\n',
      '-',
      '[',
      ']',
      '{',
      '}',
      '&',
      '*',
      '"',
      '|',
      '#',
      '!',
      '?',
      ',',
      '<',
      '1',
      '\t',
      '%',
      '.',
    ),
  })
  fc.assert(
    fc.property(fc.oneof(yaml, fc.string(), fc.json()), (text) => {
      const { snapshot, diagnostics } = readConfig([
        { path: 'a.yaml', text },
        { path: 'mesh.yaml', text },
      ])
      expect(snapshot === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'))
    }),
    { numRuns: 500 },
  )
})

test('never throws for resources of any shape', () => {
  const kinds = [
    'VirtualService',
    'DestinationRule',
    'Gateway',
    'ServiceEntry',
    'Sidecar',
    'WorkloadEntry',
  ]
  const names = [
    'hosts',
    'http',
    'route',
    'match',
    'destination',
    'host',
    'servers',
    'port',
    'tls',
    'egress',
    'endpoints',
    'subsets',
    'uri',
    'gateways',
    'trafficPolicy',
    'ports',
  ]
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, 1, 'a', true, '*', 'b.c'),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie('any'), { maxKeys: 6 }),
    ),
  })).any
  fc.assert(
    fc.property(
      fc.constantFrom(...kinds),
      fc.dictionary(fc.constantFrom(...names), value),
      (kind, spec) => {
        const text = JSON.stringify({
          apiVersion: 'networking.istio.io/v1',
          kind,
          metadata: { name: 'a' },
          spec,
        })
        const { snapshot, diagnostics } = read(text)
        expect(snapshot === undefined).toBe(
          diagnostics.some(({ severity }) => severity === 'error'),
        )
      },
    ),
    { numRuns: 1000 },
  )
})
