import { expect, test } from 'vitest'
import { checkRouter } from './check-router.ts'
import { readRouterTests } from './read-router-tests.ts'
import { resultMessage } from './result-message.ts'

const configuration = {
  virtualHosts: [
    { name: 'h', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'c' } }] },
  ],
}

function check(...tests: readonly object[]): ReturnType<typeof checkRouter> {
  const input = { authority: 'a', path: '/', method: 'GET' }
  const file = { tests: tests.map((validate, i) => ({ test_name: `t${i}`, input, validate })) }
  return checkRouter(configuration, readRouterTests('t.json', JSON.stringify(file)))
}

/** Fields by their numbers, what is in them read as messages as far as asked. */
function fieldsOf(bytes: Uint8Array): readonly (readonly [number, Uint8Array | number])[] {
  const fields: [number, Uint8Array | number][] = []
  let at = 0
  const varint = () => {
    let value = 0
    for (let factor = 1; ; factor *= 0x80) {
      const byte = bytes[at++] ?? 0
      value += (byte % 0x80) * factor
      if (byte < 0x80) return value
    }
  }
  while (at < bytes.length) {
    const key = varint()
    const size = varint()
    if (key % 8 === 0) fields.push([key >> 3, size])
    else {
      fields.push([key >> 3, bytes.subarray(at, at + size)])
      at += size
    }
  }
  return fields
}

function inner(bytes: Uint8Array, ...path: readonly number[]): Uint8Array | number | undefined {
  const [first, ...rest] = path
  const found = fieldsOf(bytes).find(([number]) => number === first)?.[1]
  return rest.length === 0 || typeof found !== 'object' ? found : inner(found, ...rest)
}

test('results have the fields of validation.proto', () => {
  const bytes = resultMessage(
    check({ cluster_name: 'c' }, { cluster_name: 'd', code_redirect: 301 }),
  )
  const [passed, failed] = fieldsOf(bytes).map(([number, value]) => {
    expect(number).toBe(1)
    return value as Uint8Array
  })
  expect(Buffer.from(inner(passed as Uint8Array, 1) as Uint8Array).toString()).toBe('t0')
  expect(inner(passed as Uint8Array, 2)).toBe(1)
  expect(inner(failed as Uint8Array, 2)).toBeUndefined()
  const text = (...path: readonly number[]) =>
    Buffer.from(inner(failed as Uint8Array, ...path) as Uint8Array).toString()
  expect([text(3, 1, 1), text(3, 2, 1)]).toEqual(['d', 'c'])
  expect([inner(failed as Uint8Array, 3, 13, 1), text(3, 14)]).toEqual([301, ''])
})

test('a header failure holds its matcher and the value', () => {
  const bytes = resultMessage(
    check({ request_header_matches: [{ name: ':authority', string_match: { exact: 'b' } }] }),
  )
  const text = (...path: readonly number[]) =>
    Buffer.from(inner(bytes, 1, 3, 15, ...path) as Uint8Array).toString()
  expect([text(1, 1), text(1, 13, 1), text(2, 1)]).toEqual([':authority', 'b', 'a'])
})

test('tests that passed can be left out', () => {
  const result = check({ cluster_name: 'c' }, { cluster_name: 'd' })
  expect(fieldsOf(resultMessage(result))).toHaveLength(2)
  expect(fieldsOf(resultMessage(result, { onlyFailures: true }))).toHaveLength(1)
})
