import type { handleBidiStreamingCall, MethodDefinition, ServiceDefinition } from '@grpc/grpc-js'

const service = '/envoy.service.discovery.v3.AggregatedDiscoveryService'

/** What answers the two methods of the service. */
export interface AdsHandlers {
  readonly streamAggregatedResources: handleBidiStreamingCall<Buffer, Buffer>
  readonly deltaAggregatedResources: handleBidiStreamingCall<Buffer, Buffer>
}

/** The aggregated discovery service; messages stay bytes, gRPC neither encodes nor decodes them. */
export const adsService: ServiceDefinition<{
  streamAggregatedResources: MethodDefinition<Buffer, Buffer>
  deltaAggregatedResources: MethodDefinition<Buffer, Buffer>
}> = {
  streamAggregatedResources: method('StreamAggregatedResources'),
  deltaAggregatedResources: method('DeltaAggregatedResources'),
}

function method(name: string): MethodDefinition<Buffer, Buffer> {
  return {
    path: `${service}/${name}`,
    requestStream: true,
    responseStream: true,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  }
}

function same(bytes: Buffer): Buffer {
  return bytes
}
