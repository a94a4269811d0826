import { Client, type ClientDuplexStream, credentials, type StatusObject } from '@grpc/grpc-js'
import {
  DeltaDiscoveryRequest,
  type DeltaDiscoveryRequestJson,
  DeltaDiscoveryResponse,
  type DeltaDiscoveryResponseJson,
  DiscoveryRequest,
  type DiscoveryRequestJson,
  DiscoveryResponse,
  type DiscoveryResponseJson,
} from '@meshwright/xds-types/envoy/service/discovery/v3'
import type { Address } from '../src/xds-server.ts'

/** A stream of a client that does nothing by itself: a test says what it sends. */
export interface AdsClient<Request, Response> extends Disposable {
  send(request: Request): void
  sendBytes(bytes: Uint8Array): void
  /** The next response, as soon as it is there. Rejects with the status when the stream ends. */
  next(): Promise<Response>
  /** Reads nothing more; what the server writes piles up on its side. */
  pause(): void
  /** Resolves when the server has taken the stream. */
  readonly taken: Promise<void>
  /** Closes the sending side. */
  end(): void
  /** Resolves with what the stream ended with. */
  readonly status: Promise<StatusObject>
}

const methods = '/envoy.service.discovery.v3.AggregatedDiscoveryService'

export function sotwClient({
  host,
  port,
}: Address): AdsClient<DiscoveryRequestJson, DiscoveryResponseJson> {
  return open(`${host}:${port}`, {
    method: 'StreamAggregatedResources',
    encode: (json: DiscoveryRequestJson) =>
      DiscoveryRequest.encode(DiscoveryRequest.fromJson(json)),
    decode: (bytes) => DiscoveryResponse.toJson(DiscoveryResponse.decode(bytes)),
  })
}

export function deltaClient({
  host,
  port,
}: Address): AdsClient<DeltaDiscoveryRequestJson, DeltaDiscoveryResponseJson> {
  return open(`${host}:${port}`, {
    method: 'DeltaAggregatedResources',
    encode: (json: DeltaDiscoveryRequestJson) =>
      DeltaDiscoveryRequest.encode(DeltaDiscoveryRequest.fromJson(json)),
    decode: (bytes) => DeltaDiscoveryResponse.toJson(DeltaDiscoveryResponse.decode(bytes)),
  })
}

interface Codec<Request, Response> {
  readonly method: string
  readonly encode: (request: Request) => Uint8Array
  readonly decode: (bytes: Uint8Array) => Response
}

function open<Request, Response>(
  target: string,
  { method, encode, decode }: Codec<Request, Response>,
): AdsClient<Request, Response> {
  const client = new Client(target, credentials.createInsecure())
  const call: ClientDuplexStream<Uint8Array, Buffer> = client.makeBidiStreamRequest(
    `${methods}/${method}`,
    (bytes: Uint8Array) => Buffer.from(bytes),
    (bytes) => bytes,
  )
  call.on('error', () => {
    // Told by `next` and by `status`.
  })
  const taken = new Promise<void>((resolve) => {
    call.on('metadata', () => resolve())
  })
  const responses = call[Symbol.asyncIterator]()
  const status = new Promise<StatusObject>((resolve) => call.on('status', resolve))
  return {
    send: (request) => void call.write(encode(request)),
    sendBytes: (bytes) => void call.write(bytes),
    async next() {
      const { done, value } = await responses.next()
      if (done === true) throw new Error('the stream has ended')
      return decode(value)
    },
    pause: () => void call.pause(),
    taken,
    end: () => void call.end(),
    status,
    [Symbol.dispose]() {
      call.cancel()
      client.close()
    },
  }
}
