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
    ['an endless document', `a: ${'x'.repeat(3 * 1024 * 1024)}`, 'ERR_CONFIG_LIMIT'],
  ])('%s', (_, text, code) => {
    const { snapshot, diagnostics } = read(text)

    expect(snapshot).toBeUndefined()
    expect(diagnostics[0]).toMatchObject({ code, file: 'a.yaml', line: expect.any(Number) })
  })
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
