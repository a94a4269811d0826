import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseTextProto, type TextProtoMessage } from './text-proto.ts'

/** The fields as nested lists, for short expectations. */
function plain(fields: TextProtoMessage): unknown {
  return fields.map(({ name, value }) => [
    name,
    value.kind === 'message' ? plain(value.fields) : value.text,
  ])
}

function read(text: string): unknown {
  return plain(parseTextProto('t', text))
}

describe('text format', () => {
  test.each([
    ['a: 1', [['a', '1']]],
    [
      'a: 1 b: true',
      [
        ['a', '1'],
        ['b', 'true'],
      ],
    ],
    [
      'a: 1, b: 2; c: 3',
      [
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ],
    ],
    ['a { b: "x" }', [['a', [['b', 'x']]]]],
    ['a: { b: "x" }', [['a', [['b', 'x']]]]],
    ['a < b: -1.5e-3 >', [['a', [['b', '-1.5e-3']]]]],
    [
      'a: [1, 2]',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    [
      'a [{ b: 1 }, { b: 2 }]',
      [
        ['a', [['b', '1']]],
        ['a', [['b', '2']]],
      ],
    ],
    ['a: []', []],
    ['a: "x" \'y\'\n  "z"', [['a', 'xyz']]],
    ['# note\na: 1 # more', [['a', '1']]],
    [String.raw`a: "\n\t\"\'\\\101\x41\u00e9\U0001F600"`, [['a', '\n\t"\'\\AAé😀']]],
    [String.raw`a: "\303\251"`, [['a', 'é']]],
    ['', []],
  ])('%j is read', (text, fields) => {
    expect(read(text)).toEqual(fields)
  })

  test.each([
    ['a: ', 't:1:4: expected a value, got the end'],
    ['a {', 't:1:4: expected }, got the end'],
    ['a: 1\n}', 't:2:1: expected the name of a field, got "}"'],
    ['a "x"', 't:1:6: expected a colon after a'],
    ['a: [1 2]', 't:1:7: expected , or ], got "2"'],
    ['a: "x', 't:1:4: unexpected "\\""'],
    ['a: "\n"', 't:1:4: unexpected "\\""'],
    ['a: $', 't:1:4: unexpected "$"'],
    [String.raw`a: "\q"`, String.raw`t:1:4: unknown escape \q`],
    [String.raw`a: "\377"`, 't:1:4: expected a string of UTF-8'],
    [String.raw`a: "\Uffffffff"`, String.raw`t:1:4: expected a code point, got \Uffffffff`],
  ])('%j is refused with its place', (text, message) => {
    expect(() => read(text)).toThrow(message)
  })

  test('messages in each other are bounded', () => {
    expect(() => read('a {'.repeat(101) + '}'.repeat(101))).toThrow('at most 100 messages')
    expect(read('a {'.repeat(100) + '}'.repeat(100))).toEqual(expect.anything())
  })

  test('what is written is read back', () => {
    interface Node {
      readonly name: string
      readonly value: string | readonly Node[]
    }
    const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/)
    const tree = fc.letrec<{ fields: readonly Node[] }>((tie) => ({
      fields: fc.array(
        fc.record({
          name,
          value: fc.oneof(
            { depthSize: 'small', withCrossShrink: true },
            fc.string({ unit: 'binary' }),
            tie('fields'),
          ),
        }),
        { maxLength: 4 },
      ),
    })).fields
    const written = (fields: readonly Node[]): string =>
      fields
        .map(({ name: key, value }) =>
          typeof value === 'string'
            ? `${key}: ${JSON.stringify(value.toWellFormed())}`
            : `${key} {\n${written(value)}\n}`,
        )
        .join('\n')
    const expected = (fields: readonly Node[]): unknown =>
      fields.map(({ name: key, value }) => [
        key,
        typeof value === 'string' ? value.toWellFormed() : expected(value),
      ])
    fc.assert(
      fc.property(tree, (fields) => {
        expect(read(written(fields))).toEqual(expected(fields))
      }),
    )
  })

  test('whatever the text, it is read or refused with a place', () => {
    let refused = 0
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a1:{}<>[],;"\'\\#\n -.xU') }), (text) => {
        try {
          read(text)
        } catch (error) {
          refused++
          expect(String(error)).toMatch(/MeshTestError: t:\d+:\d+: .*\[ERR_MESH_TEST_SUITE\]/s)
        }
      }),
      { numRuns: 500 },
    )
    expect(refused).toBeGreaterThan(100)
  })
})
