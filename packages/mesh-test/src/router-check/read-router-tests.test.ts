import { describe, expect, test } from 'vitest'
import { readRouterTests } from './read-router-tests.ts'

const minimal = {
  test_name: 'one',
  input: { authority: 'a', path: '/', method: 'GET' },
  validate: { cluster_name: 'c' },
}

function readJson(...tests: readonly unknown[]): ReturnType<typeof readRouterTests> {
  return readRouterTests('t.json', JSON.stringify({ tests }))
}

describe('files of tests', () => {
  test('both spellings of fields are read', () => {
    const camel = {
      testName: 'one',
      input: { authority: 'a', path: '/', method: 'GET', randomValue: '7' },
      validate: { clusterName: 'c' },
    }
    const snake = { ...minimal, input: { ...minimal.input, random_value: 7 } }
    expect(readJson(camel)).toEqual(readJson(snake))
  })

  test('the three formats say the same', () => {
    const yaml = [
      'tests:',
      '- test_name: one',
      '  input:',
      '    authority: a',
      '    path: /',
      '    method: GET',
      '    internal: true',
      '    additional_request_headers: [{ key: x, value: "1" }]',
      '    dynamic_metadata: [{ metadata_namespace: n, value: { k: { l: [1, true, null] } } }]',
      '  validate:',
      '    cluster_name: c',
      '    code_redirect: 301',
      '    timeout: 1.5s',
      '    response_header_matches: [{ name: y, range_match: { start: 1, end: 9 } }]',
    ].join('\n')
    const text = `
      tests {
        test_name: "one"
        input {
          authority: "a" path: "/" method: "GET" internal: true
          additional_request_headers { key: "x" value: "1" }
          dynamic_metadata {
            metadata_namespace: "n"
            value { fields { key: "k" value { struct_value { fields { key: "l" value { list_value {
              values { number_value: 1 } values { bool_value: true } values { null_value: NULL_VALUE }
            } } } } } } }
          }
        }
        validate {
          cluster_name { value: "c" }
          code_redirect { value: 301 }
          timeout { seconds: 1 nanos: 500000000 }
          response_header_matches { name: "y" range_match { start: 1 end: 9 } }
        }
      }`
    const fromYaml = readRouterTests('t.yaml', yaml)
    expect(readRouterTests('t.pb_text', text)).toEqual(fromYaml)
    const [test] = fromYaml.tests
    expect(test?.validate.timeoutMs).toBe(1500)
    expect(test?.input.metadata).toEqual({ n: { k: { l: [1, true, null] } } })
  })

  test('JSON may have a comma after the last element', () => {
    const text = JSON.stringify({ tests: [minimal] }).replace(']}', ',]}')
    expect(readRouterTests('t.json', text).tests).toHaveLength(1)
  })

  test.each([
    ['no tests', [], /t\.json:1:\d+: tests: expected at least one test, got none/],
    ['no name', [{ ...minimal, test_name: '' }], /tests\[0\]\.test_name: expected a text, got ""/],
    [
      'no input',
      [{ ...minimal, input: undefined }],
      /tests\[0\]\.input: expected an object, got none/,
    ],
    [
      'a short method',
      [{ ...minimal, input: { ...minimal.input, method: 'GO' } }],
      /input\.method: expected a text of at least 3 characters, got "GO"/,
    ],
    [
      'an unknown field',
      [{ ...minimal, validate: { cluster: 'c' } }],
      /validate\.cluster: expected one of cluster_name, .*got "cluster"/,
    ],
    [
      'a number for a text',
      [{ ...minimal, validate: { cluster_name: 1 } }],
      /validate\.cluster_name: expected a text, got 1/,
    ],
    [
      'a draw that the tool makes negative',
      [{ ...minimal, input: { ...minimal.input, random_value: 2_147_483_648 } }],
      /random_value: expected a whole number from 0 to 2147483647/,
    ],
    [
      'a duration that is none',
      [{ ...minimal, validate: { timeout: 'soon' } }],
      /timeout: expected a duration such as "1\.5s"/,
    ],
    [
      'both spellings at once',
      [{ ...minimal, testName: 'two' }],
      /expected one spelling of it, got two/,
    ],
  ])('%s is refused', (_, tests, message) => {
    expect(() => readJson(...tests)).toThrow(message)
  })

  test('the place is that of the value, in text format too', () => {
    const yaml = 'tests:\n- test_name: a\n  input:\n    authority: a\n    path: 7\n'
    expect(() => readRouterTests('t.yaml', yaml)).toThrow('t.yaml:5:11: tests[0].input.path')
    const text = 'tests {\n  test_name: "a"\n  input { authority: "a"\n    path: 7 }\n}'
    expect(() => readRouterTests('t.pb_text', text)).toThrow('t.pb_text:4:5: tests[0].input.path')
  })

  test('a field that is given twice is refused in text format', () => {
    const text = 'tests {\n  test_name: "a"\n  test_name: "b"\n}'
    expect(() => readRouterTests('t.pb_text', text)).toThrow(
      't.pb_text:3:3: expected test_name once',
    )
  })

  test.each([
    ['nested without end', '['.repeat(20_000)],
    ['deeper than any test', `${'['.repeat(200)}${']'.repeat(200)}`],
    ['holding itself', 'tests: &a [*a]'],
    [
      'aliases that multiply',
      'a: &a [1, 1]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: &d [*c, *c, *c]\ne: &e [*d, *d, *d]\nf: &f [*e, *e, *e]\ng: &g [*f, *f, *f]\nh: &h [*g, *g, *g]\ni: [*h, *h, *h]',
    ],
    ['a key given twice', 'tests: []\ntests: []'],
  ])('a text %s is refused', (_, text) => {
    expect(() => readRouterTests('t.yaml', text)).toThrow(
      expect.objectContaining({ code: 'ERR_MESH_TEST_SUITE' }),
    )
  })

  test('a file of another ending is refused', () => {
    expect(() => readRouterTests('t.pb', '')).toThrow('that ends in .json, .yaml, .yml or .pb_text')
  })

  test('metadata of one namespace is merged only where it may overwrite', () => {
    const entry = (value: unknown, allow_overwrite: boolean) => ({
      metadata_namespace: 'n',
      value,
      allow_overwrite,
    })
    const metadata = (...dynamic_metadata: readonly unknown[]) =>
      readJson({ ...minimal, input: { ...minimal.input, dynamic_metadata } }).tests[0]?.input
        .metadata
    expect(metadata(entry({ a: 1, l: [1] }, false), entry({ a: 2 }, false))).toEqual({
      n: { a: 1, l: [1] },
    })
    expect(
      metadata(
        entry({ a: 1, l: [1], o: { x: 1 } }, false),
        entry({ a: 2, l: [2], o: { y: 2 } }, true),
      ),
    ).toEqual({
      n: { a: 2, l: [1, 2], o: { x: 1, y: 2 } },
    })
  })
})
