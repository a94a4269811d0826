import { Cluster } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { Metadata } from '@meshwright/xds-types/envoy/config/core/v3'
import { DiscoveryResponse } from '@meshwright/xds-types/envoy/service/discovery/v3'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AnyJson,
  messageTypeFor,
  packAny,
  unknownFields,
  unpackAny,
  versionOf,
  XdsTypesError,
} from '../src/index.ts'

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values)

test('equal messages have equal bytes and versions, whatever the order of their keys', () => {
  const one = Metadata.encode(Metadata.fromJson({ filterMetadata: { a: { x: 1, y: 2 }, b: {} } }))
  const two = Metadata.encode(Metadata.fromJson({ filterMetadata: { b: {}, a: { y: 2, x: 1 } } }))

  expect(one).toEqual(two)
  expect(versionOf(one)).toBe(versionOf(two))
  expect(versionOf(one)).not.toBe(versionOf(bytes()))
})

test('so they have in more orders of their keys than the encoder keeps in mind', () => {
  const fields = Object.entries(
    Cluster.fromJson({
      name: 'a',
      type: 'EDS',
      altStatName: 'b',
      connectTimeout: '1s',
      ignoreHealthOnHostRemoval: true,
      lbPolicy: 'MAGLEV',
      perConnectionBufferLimitBytes: 5,
    }),
  )
  const expected = Cluster.encode(Object.fromEntries(fields))
  const orders = fc.shuffledSubarray(fields, { minLength: fields.length })

  expect(fields).toHaveLength(7)
  fc.assert(
    fc.property(orders, (order) => {
      expect(Cluster.encode(Object.fromEntries(order))).toEqual(expected)
    }),
    { numRuns: 500 },
  )
})

test('the version is the 64-bit FNV-1a hash', () => {
  // From the test vectors of the hash's authors.
  expect(versionOf(bytes())).toBe('cbf29ce484222325')
  expect(versionOf(bytes(0x61))).toBe('af63dc4c8601ec8c')
  expect(versionOf(new Uint8Array(Buffer.from('foobar')))).toBe('85944171f73967e8')
})

describe('fields that a type does not have', () => {
  // Cluster.name = "a", then field 999 with the varint 1.
  const received = bytes(0x0a, 0x01, 0x61, 0xb8, 0x3e, 0x01)

  test('are kept and written again', () => {
    const message = Cluster.decode(received)

    expect(message.name).toBe('a')
    expect((message as { [unknownFields]?: Uint8Array })[unknownFields]).toEqual(
      bytes(0xb8, 0x3e, 0x01),
    )
    expect(Cluster.encode(message)).toEqual(received)
  })

  test('are dropped on request', () => {
    expect(Cluster.decode(received, { unknownFields: 'drop' })).toEqual({ name: 'a' })
  })

  test('are refused on request', () => {
    expect(() => Cluster.decode(received, { unknownFields: 'refuse' })).toThrow(
      'envoy.config.cluster.v3.Cluster has no field number 999 [ERR_XDS_TYPES_UNKNOWN_FIELD]',
    )
  })

  test('are missing from JSON, which says so on request', () => {
    const message = Cluster.decode(received)

    expect(Cluster.toJson(message)).toEqual({ name: 'a' })
    expect(() => Cluster.toJson(message, { unknownFields: 'refuse' })).toThrow(
      'envoy.config.cluster.v3.Cluster came with fields that it does not have',
    )
  })
})

describe('refuses bytes', () => {
  test.each([
    ['that end too soon', bytes(0x0a, 0x05, 0x61), 'name: the message must not end inside a field'],
    [
      'with a length beyond the message',
      bytes(0x22, 0x05, 0x08),
      'connect_timeout: a length must not exceed what holds it',
    ],
    [
      'in an element of a list, and says which',
      // Two dns_resolvers; the second has an address with broken text.
      bytes(0x92, 0x01, 0, 0x92, 0x01, 7, 0x0a, 5, 0x12, 3, 0x0a, 1, 0xff),
      'dns_resolvers[1].socket_address.address: a string must be valid UTF-8',
    ],
    [
      'in an entry of a map, and says which',
      // metadata.filter_metadata["k"].fields["x"]
      bytes(0xca, 1, 15, 0x0a, 13, 0x0a, 1, 0x6b, 0x12, 8, 0x0a, 6, 0x0a, 1, 0x78, 0x12, 1, 0),
      'metadata.filter_metadata["k"].fields["x"]: a field number must not be 0',
    ],
    ['with broken text', bytes(0x0a, 0x01, 0xff), 'name: a string must be valid UTF-8'],
    ['with field number 0', bytes(0x00), 'a field number must not be 0'],
    [
      'with an endless varint',
      new Uint8Array(11).fill(0xff),
      'a varint must not be longer than 10 bytes',
    ],
    ['with an unknown wire type', bytes(0x0e), 'there is no wire type 6'],
  ])('%s', (_, received, message) => {
    expect(() => Cluster.decode(received)).toThrow(message)
  })

  test('of any kind with an error of ours, or reads them', () => {
    const response = fc.uint8Array({ maxLength: 60 })
    fc.assert(
      fc.property(response, (received) => {
        try {
          DiscoveryResponse.encode(DiscoveryResponse.decode(received))
        } catch (error) {
          expect(error).toBeInstanceOf(XdsTypesError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

test('refuses bytes that nest too deep, and says where', () => {
  const permission = messageTypeFor('x/envoy.config.rbac.v3.Permission')
  // not_rule, a permission again.
  const nested = (depth: number): number[] => {
    if (depth === 1) return []
    const inner = nested(depth - 1)
    const { length } = inner
    const size = length < 0x80 ? [length] : [(length & 0x7f) | 0x80, length >> 7]
    return [0x42, ...size, ...inner]
  }

  expect(permission?.decode(bytes(...nested(100)))).toBeDefined()
  expect(() => permission?.decode(bytes(...nested(101)))).toThrow(
    `${Array(100).fill('not_rule').join('.')}: must not nest deeper than 100 messages [ERR_XDS_TYPES_LIMIT]`,
  )
})

test('merges a message that comes in parts, and takes the last of a scalar', () => {
  // connect_timeout {seconds: 1}, name "a", connect_timeout {nanos: 1}, name "b".
  const received = bytes(0x22, 2, 0x08, 1, 0x0a, 1, 0x61, 0x22, 2, 0x10, 1, 0x0a, 1, 0x62)

  expect(Cluster.decode(received)).toEqual({
    name: 'b',
    connectTimeout: { seconds: 1n, nanos: 1 },
  })
})

test('refuses to encode a value of another type than its field', () => {
  expect(() => Cluster.encode({ name: 5 as never })).toThrow('name must hold string, got number 5')
  expect(() => Cluster.encode({ connectTimeout: { seconds: 2n ** 63n } })).toThrow(TypeError)
})

test('finds types by any prefix of their URL', () => {
  expect(messageTypeFor('type.googleapis.com/envoy.config.cluster.v3.Cluster')?.typeName).toBe(
    'envoy.config.cluster.v3.Cluster',
  )
  expect(messageTypeFor('example.org/envoy.extensions.filters.http.lua.v3.Lua')).toBeDefined()
  expect(messageTypeFor('type.googleapis.com/envoy.api.v2.Cluster')).toBeUndefined()
  expect(messageTypeFor('type.googleapis.com/toString')).toBeUndefined()
})

test('packs and opens an Any', () => {
  const any = packAny(Cluster, { name: 'a' })
  const { type, message } = unpackAny(any)

  expect(type.typeUrl).toBe(Cluster.typeUrl)
  expect(message).toEqual({ name: 'a' })
  expect(() => unpackAny({ typeUrl: 'x/y' })).toThrow('[ERR_XDS_TYPES_UNKNOWN_TYPE]')
})

test('a discovery response carries resources as Anys', () => {
  const resource: AnyJson = { '@type': Cluster.typeUrl, name: 'a' }
  const response = DiscoveryResponse.fromJson({ versionInfo: '1', resources: [resource] })

  expect(response.resources).toEqual([packAny(Cluster, { name: 'a' })])
})
