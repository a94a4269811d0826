import { Cluster, type ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { Metadata, Node } from '@meshwright/xds-types/envoy/config/core/v3'
import { RouteConfiguration } from '@meshwright/xds-types/envoy/config/route/v3'
import { Duration, FloatValue, Timestamp } from '@meshwright/xds-types/google/protobuf'
import { describe, expect, test } from 'vitest'
import { findUnknown, openTypedStruct, XdsTypesError } from '../src/index.ts'

const cluster: ClusterJson = {
  name: 'a',
  type: 'EDS',
  connectTimeout: '0.250s',
  edsClusterConfig: { edsConfig: { ads: {} } },
  outlierDetection: { consecutive5xx: 5 },
  maglevLbConfig: { tableSize: '65537' },
}

test('reads camelCase and snake_case, even mixed, and writes either', () => {
  const message = Cluster.fromJson({
    name: 'a',
    type: 'EDS',
    connect_timeout: '0.25s',
    edsClusterConfig: { eds_config: { ads: {} } },
    outlier_detection: { consecutive_5xx: 5 },
    maglevLbConfig: { table_size: 65537 },
  } as ClusterJson)

  expect(Cluster.toJson(message)).toEqual(cluster)
  expect(Cluster.toJson(message, { fieldNames: 'proto' })).toEqual({
    name: 'a',
    type: 'EDS',
    connect_timeout: '0.250s',
    eds_cluster_config: { eds_config: { ads: {} } },
    outlier_detection: { consecutive_5xx: 5 },
    maglev_lb_config: { table_size: '65537' },
  })
})

test('tells the members of a oneof apart in the message form', () => {
  const message = Cluster.fromJson(cluster)

  expect(message.clusterDiscoveryType).toEqual({ case: 'type', value: 3 })
  expect(message.lbConfig).toEqual({
    case: 'maglevLbConfig',
    value: { tableSize: { value: 65537n } },
  })
  expect(message.connectTimeout).toEqual({ nanos: 250_000_000 })
})

describe('refuses, with the path,', () => {
  test.each<[string, object, string]>([
    [
      'an unknown field',
      { circuitBreakers: { thresholds: [{ maxRetrys: 1 }] } },
      'circuit_breakers.thresholds[0].maxRetrys: envoy.config.cluster.v3.CircuitBreakers.Thresholds has no field called "maxRetrys"',
    ],
    [
      'a wrong type',
      { connectTimeout: 5 },
      'connect_timeout: must be a duration such as "1.5s", got 5',
    ],
    [
      'a number out of range',
      { circuitBreakers: { thresholds: [{}, { maxRetries: -1 }] } },
      'circuit_breakers.thresholds[1].max_retries: must be a whole number of uint32 range, got -1',
    ],
    ['an unknown name', { lbPolicy: 'BEST' }, 'lb_policy: must be one of ROUND_ROBIN,'],
    [
      'two members of a oneof',
      { type: 'EDS', clusterType: {} },
      'cluster_type: must not stand beside another member of clusterDiscoveryType',
    ],
    [
      'one field in both spellings',
      { altStatName: 'a', alt_stat_name: 'b' },
      'alt_stat_name: must not be given twice',
    ],
    ['a list that is none', { filters: {} }, 'filters: must be a list, got an object'],
    [
      'an unknown type',
      { typedExtensionProtocolOptions: { x: { '@type': 'type.googleapis.com/a.B' } } },
      'typed_extension_protocol_options["x"]: must be of a known type, got type.googleapis.com/a.B',
    ],
    [
      'an Any without a type',
      { transportSocket: { typedConfig: { a: 1 } } },
      "transport_socket.typed_config: must name its type by a text '@type', got nothing",
    ],
    [
      'a fault inside an Any',
      {
        transportSocket: {
          typedConfig: {
            '@type':
              'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
            sni: 1,
          },
        },
      },
      'transport_socket.typed_config.sni: must be text, got 1',
    ],
    ['text that is not well-formed', { name: '\ud800' }, 'name: must be text, got "\\ud800"'],
  ])('%s', (_, json, message) => {
    expect(() => Cluster.fromJson(json)).toThrow(message)
    expect(() => Cluster.fromJson(json)).toThrow(XdsTypesError)
  })
})

test('nests no deeper than protobuf does', () => {
  let deep: Record<string, unknown> = {}
  for (let i = 0; i < 200; i++) deep = { a: deep }

  expect(() => Node.fromJson({ metadata: deep })).toThrow('must not nest deeper than 100 messages')
})

test('drops unknown fields and types on request, and tells of each', () => {
  const json = {
    name: 'a',
    newField: 1,
    filters: [{ name: 'f', typed_config: { '@type': 'x/new.Type', any: 'thing' } }],
  }

  expect(findUnknown(Cluster, json)).toEqual([
    { path: 'newField', message: 'envoy.config.cluster.v3.Cluster has no field called "newField"' },
    { path: 'filters[0].typed_config', message: 'must be of a known type, got x/new.Type' },
  ])
})

test('keeps an Any of unknown type as opaque bytes on request', () => {
  const json: ClusterJson = {
    transportSocket: { name: 't', typedConfig: { '@type': 'x/new.Type', value: 'AQID' } },
  }
  const message = Cluster.fromJson(json, { unknownTypes: 'keep' })

  expect(message.transportSocket?.configType).toEqual({
    case: 'typedConfig',
    value: { typeUrl: 'x/new.Type', value: new Uint8Array([1, 2, 3]) },
  })
  expect(Cluster.toJson(message, { unknownTypes: 'keep' })).toEqual(json)
  expect(() => Cluster.toJson(message)).toThrow('must be of a known type, got x/new.Type')
})

test('opens a TypedStruct of either package', () => {
  const value = { upstream_discovery: [{ istio_headers: {} }] }
  const open = (struct: string): object =>
    openTypedStruct({
      '@type': `type.googleapis.com/${struct}`,
      typeUrl: 'type.googleapis.com/io.istio.http.peer_metadata.Config',
      value,
    })
  const opened = {
    '@type': 'type.googleapis.com/io.istio.http.peer_metadata.Config',
    upstreamDiscovery: [{ istioHeaders: {} }],
  }

  expect(open('udpa.type.v1.TypedStruct')).toEqual(opened)
  expect(open('xds.type.v3.TypedStruct')).toEqual(opened)
  expect(openTypedStruct(opened)).toBe(opened)
})

test.each([
  ['2026-11-21T13:52:00Z', '2026-11-21T13:52:00Z'],
  ['2026-11-21T13:52:00.5+02:00', '2026-11-21T11:52:00.500Z'],
  ['1969-12-31T23:59:59.000000001Z', '1969-12-31T23:59:59.000000001Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
  ['2024-02-29T00:00:00-00:30', '2024-02-29T00:30:00Z'],
])('the timestamp %s is %s', (text, canonical) => {
  expect(Timestamp.toJson(Timestamp.fromJson(text))).toBe(canonical)
})

test.each([
  '2026-02-29T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-01-01 00:00:00Z',
  '2026-01-01T24:00:00Z',
])('%s is no timestamp', (text) => {
  expect(() => Timestamp.fromJson(text)).toThrow('must be an RFC 3339 timestamp')
})

test.each([
  ['1s', '1s'],
  ['-0.5s', '-0.500s'],
  ['1.000001s', '1.000001s'],
  ['315576000000s', '315576000000s'],
])('the duration %s is %s', (text, canonical) => {
  expect(Duration.toJson(Duration.fromJson(text))).toBe(canonical)
})

test.each(['1', '1.5', 's', '1.0000000001s', '315576000001s', '+1s', ''])(
  '%j is no duration',
  (text) => {
    expect(() => Duration.fromJson(text)).toThrow('must be a duration')
  },
)

test('writes 32-bit floats in their shortest form, and what is not a number as text', () => {
  expect(FloatValue.toJson(FloatValue.fromJson(0.1))).toBe(0.1)
  expect(FloatValue.toJson({ value: Number.NaN })).toBe('NaN')
  expect(() => FloatValue.fromJson(1e39)).toThrow('must be a number, got 1e+39')
})

test('takes keys from peers as keys, whatever they are called', () => {
  const json = JSON.parse('{"filterMetadata":{"__proto__":{"constructor":1}}}')
  const message = Metadata.decode(Metadata.encode(Metadata.fromJson(json)))

  expect(JSON.stringify(Metadata.toJson(message))).toBe(
    '{"filterMetadata":{"__proto__":{"constructor":1}}}',
  )
})

test('takes null for not set', () => {
  const json = JSON.parse('{"name":"a","virtualHosts":null}')

  expect(RouteConfiguration.fromJson(json)).toEqual({ name: 'a' })
})
