// Decodes a ClusterLoadAssignment and turns it into JSON, and prints microseconds per operation.
//
//   npm run build -w @meshwright/xds-types && npm run bench -w @meshwright/xds-types
import { ClusterLoadAssignment } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import { loadProtos } from '../scripts/load-protos.ts'
import { medians, report } from './medians.ts'
import { sampleEndpoints } from './sample-endpoints.ts'

const reflected = loadProtos().lookupType('envoy.config.endpoint.v3.ClusterLoadAssignment')

for (const count of [100, 1000]) {
  const bytes = ClusterLoadAssignment.encodeJson(sampleEndpoints(count))
  const rows = await medians({
    'protobufjs decode': () => reflected.decode(bytes),
    decode: () => ClusterLoadAssignment.decode(bytes),
    'toJson(decode(bytes))': () =>
      ClusterLoadAssignment.toJson(ClusterLoadAssignment.decode(bytes)),
    'validate(decode(bytes))': () =>
      ClusterLoadAssignment.validate(ClusterLoadAssignment.decode(bytes)),
  })
  report(`${count} endpoints, ${bytes.length} bytes`, rows)
}
