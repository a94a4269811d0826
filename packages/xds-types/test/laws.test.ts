import { isDeepStrictEqual } from 'node:util'
import { fromBinary, fromJson, toBinary, toJson } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { descriptors } from '../gen/descriptors.js'
import { loadProtos } from '../scripts/load-protos.ts'
import { messageType } from '../src/index.ts'
import { messageNamed } from '../src/registry.ts'
import { foreignRegistry } from './foreign-registry.ts'
import { messageArbitrary } from './message-arbitrary.ts'

const runsPerType = 6

/** Every message type of the API, by the chunk that it comes in. */
const chunks = Object.entries(descriptors).map(([chunk, text]) => {
  const members: Record<string, unknown> = JSON.parse(text)
  return [chunk, Object.keys(members).filter((name) => Array.isArray(members[name]))] as const
})
const foreign = foreignRegistry(loadProtos())

test('covers the API', () => {
  expect(chunks.flatMap(([, names]) => names).length).toBeGreaterThan(1400)
})

/** Holds a law against generated messages of each type; the type's name is in the failure. */
function holds(names: readonly string[], law: (name: string, message: object) => boolean): void {
  for (const name of names) {
    const property = fc.property(messageArbitrary(messageNamed(name)), (message) =>
      law(name, message),
    )
    try {
      fc.assert(property, { numRuns: runsPerType, seed: 20261121 })
    } catch (cause) {
      throw new Error(`the law does not hold for ${name}`, { cause })
    }
  }
}

test.each(chunks)('messages of %s survive the wire and both spellings of JSON', (_, names) => {
  holds(names, (name, message) => {
    const type = messageType<object, unknown>(name)
    const bytes = type.encode(message)
    const snake = JSON.stringify(type.toJson(message, { fieldNames: 'proto' }))
    const camel = JSON.stringify(type.toJson(message))
    return (
      isDeepStrictEqual(type.decode(bytes, { unknownFields: 'refuse' }), message) &&
      isDeepStrictEqual(type.fromJson(JSON.parse(camel)), message) &&
      isDeepStrictEqual(type.fromJson(JSON.parse(snake)), message) &&
      isDeepStrictEqual(type.encodeJson(JSON.parse(camel)), bytes)
    )
  })
})

test.each(chunks)('messages of %s are the same to another library', (_, names) => {
  holds(names, (name, message) => {
    const type = messageType<object, unknown>(name)
    const schema = foreign.getMessage(name)
    if (schema === undefined) throw new Error(`the other library has no ${name}`)
    const bytes = type.encode(message)
    const json = JSON.parse(JSON.stringify(type.toJson(message)))
    const theirs = fromBinary(schema, bytes)
    const theirJson = toJson(schema, theirs, { registry: foreign })
    const theirReading = fromJson(schema, json, { registry: foreign })
    // They write maps in any order, so their bytes go through our decoder first.
    const sorted = (foreignBytes: Uint8Array): Uint8Array => type.encode(type.decode(foreignBytes))
    return (
      isDeepStrictEqual(sorted(toBinary(schema, theirs)), bytes) &&
      isDeepStrictEqual(sorted(toBinary(schema, theirReading)), bytes) &&
      isDeepStrictEqual(type.encode(type.fromJson(theirJson)), bytes)
    )
  })
})
