import { ClusterLoadAssignment } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeEndpoints } from '../src/encode-endpoints.ts'

const u32 = fc.oneof(fc.nat(300), fc.nat(0xffffffff))
const ascii = fc.oneof(
  fc.string({ unit: 'binary-ascii' }),
  fc.string({ unit: 'binary-ascii', minLength: 120, maxLength: 300 }),
)
const hotHost = fc.record(
  {
    endpoint: fc.record(
      {
        address: fc.record({
          socketAddress: fc.record(
            { address: fc.ipV4(), portValue: fc.nat(65535) },
            { requiredKeys: ['portValue'] },
          ),
        }),
        hostname: ascii,
      },
      { requiredKeys: ['address'] },
    ),
    healthStatus: fc.constantFrom('UNKNOWN', 'HEALTHY', 'DRAINING', 'DEGRADED'),
    loadBalancingWeight: u32,
    metadata: fc.constant({ filterMetadata: { istio: { workload: 'a;b', n: 1 } } }),
  },
  { requiredKeys: [] },
)
const hotLocality = fc.record(
  {
    locality: fc.record({ region: ascii, zone: ascii, subZone: ascii }, { requiredKeys: [] }),
    lbEndpoints: fc.array(hotHost, { maxLength: 4 }),
    loadBalancingWeight: u32,
    priority: fc.nat(128),
  },
  { requiredKeys: [] },
)
const hot = fc.record(
  { clusterName: ascii, endpoints: fc.array(hotLocality, { maxLength: 3 }) },
  { requiredKeys: [] },
)

const general = (json: object): Uint8Array =>
  ClusterLoadAssignment.encode(ClusterLoadAssignment.fromJson(json))

test('writes the bytes that the general encoder writes', () => {
  fc.assert(
    fc.property(hot, (json) => {
      expect(encodeEndpoints(json)).toEqual(general(json))
    }),
  )
})

test('writes long messages, and gives each its own bytes', () => {
  const long = withHosts(3000)
  const short = { clusterName: 'short', endpoints: [{ lbEndpoints: [sampleHost('a')] }] }
  const bytes = encodeEndpoints(long)
  const others = Array.from({ length: 5000 }, () => encodeEndpoints(short))

  expect(new Set(others.map((other) => `${other}`))).toEqual(new Set([`${general(short)}`]))
  expect(bytes).toEqual(general(long))
})

test('leaves what is longer than a megabyte to the general encoder', () => {
  const endless = withHosts(30_000)

  expect(encodeEndpoints(endless)).toBeUndefined()
  expect(ClusterLoadAssignment.encodeJson(endless)).toEqual(general(endless))
})

describe('leaves to the general encoder', () => {
  test.each([
    ['text that is not ASCII', { clusterName: 'zürich' }],
    ['another field', { clusterName: 'a', policy: { overprovisioningFactor: 140 } }],
    ['snake_case', { cluster_name: 'a' }],
    [
      'a pipe',
      { endpoints: [{ lbEndpoints: [{ endpoint: { address: { pipe: { path: 'p' } } } }] }] },
    ],
    ['a number as text', { endpoints: [{ priority: '1' }] }],
    ['a fraction', { endpoints: [{ loadBalancingWeight: 1.5 }] }],
    ['an unknown field in metadata', { endpoints: [{ lbEndpoints: [{ metadata: { x: 1 } }] }] }],
    ['an unknown status', { endpoints: [{ lbEndpoints: [{ healthStatus: 'FINE' }] }] }],
    ['a field that is null', { clusterName: null }],
    ['what is no object', [[]]],
  ])('%s', (_, json) => {
    expect(encodeEndpoints(json)).toBeUndefined()
  })
})

test('says what is wrong by the general encoder', () => {
  const json = { endpoints: [{ lbEndpoints: [{ healthStatus: 'FINE' as never }] }] }

  expect(() => ClusterLoadAssignment.encodeJson(json)).toThrow(
    'endpoints[0].lb_endpoints[0].health_status: must be one of UNKNOWN, HEALTHY,',
  )
})

function withHosts(count: number): object {
  const lbEndpoints = Array.from({ length: count }, (_, i) => sampleHost(`host-${i}.example.org`))
  return { clusterName: 'long', endpoints: [{ lbEndpoints }] }
}

function sampleHost(hostname: string): object {
  const socketAddress = { address: '10.0.0.1', portValue: 80 }
  return { endpoint: { address: { socketAddress }, hostname } }
}
