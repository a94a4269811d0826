// Encodes a ClusterLoadAssignment, and prints microseconds per operation and ratios.
//
//   npm run build -w @meshwright/xds-types && npm run bench -w @meshwright/xds-types
//
// "protobufjs" is the encoder that protobufjs 8 compiles from the reflected type, on a message made
// beforehand. What pbjs -t static-module writes to a file is as fast within the noise, but would be
// megabytes of JavaScript here.
import { deepStrictEqual } from 'node:assert'
import { ClusterLoadAssignment } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import { loadProtos } from '../scripts/load-protos.ts'
import { medians, report } from './medians.ts'
import { sampleEndpoints } from './sample-endpoints.ts'

const reflected = loadProtos().lookupType('envoy.config.endpoint.v3.ClusterLoadAssignment')

for (const count of [4, 100, 1000]) {
  const json = sampleEndpoints(count)
  const message = ClusterLoadAssignment.fromJson(json)
  const bytes = ClusterLoadAssignment.encode(message)
  const foreign = reflected.decode(bytes)
  deepStrictEqual(new Uint8Array(reflected.encode(foreign).finish()), bytes)
  deepStrictEqual(ClusterLoadAssignment.encodeJson(json), bytes)

  const rows = await medians({
    'protobufjs, from a message': () => reflected.encode(foreign).finish(),
    'encodeJson, from JSON': () => ClusterLoadAssignment.encodeJson(json),
    'encode, from a message': () => ClusterLoadAssignment.encode(message),
    'encode(fromJson(json))': () =>
      ClusterLoadAssignment.encode(ClusterLoadAssignment.fromJson(json)),
    'JSON.stringify': () => JSON.stringify(json),
  })
  report(`${count} endpoints, ${bytes.length} bytes`, rows)
}
