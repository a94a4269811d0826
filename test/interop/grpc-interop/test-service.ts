import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js'
import protobuf from 'protobufjs'

/** The part of `grpc.testing` that the cases without credentials need; field numbers are the suite's. */
const source = `
syntax = "proto3";
package grpc.testing;
message Empty {}
message Payload { int32 type = 1; bytes body = 2; }
message EchoStatus { int32 code = 1; string message = 2; }
message SimpleRequest { int32 response_type = 1; int32 response_size = 2; Payload payload = 3; EchoStatus response_status = 7; }
message SimpleResponse { Payload payload = 1; }
message StreamingInputCallRequest { Payload payload = 1; }
message StreamingInputCallResponse { int32 aggregated_payload_size = 1; }
message ResponseParameters { int32 size = 1; int32 interval_us = 2; }
message StreamingOutputCallRequest {
  int32 response_type = 1;
  repeated ResponseParameters response_parameters = 2;
  Payload payload = 3;
  EchoStatus response_status = 7;
}
message StreamingOutputCallResponse { Payload payload = 1; }
`

const { root } = protobuf.parse(source)

/** A payload of zeros. */
export interface Payload {
  readonly body: Uint8Array
}

export interface EchoStatus {
  readonly code: number
  readonly message: string
}

export interface SimpleRequest {
  readonly responseSize?: number
  readonly payload?: Payload
  readonly responseStatus?: EchoStatus
}

export interface SimpleResponse {
  readonly payload: Payload
}

export interface StreamingInputRequest {
  readonly payload: Payload
}

export interface StreamingInputResponse {
  readonly aggregatedPayloadSize: number
}

export interface StreamingOutputRequest {
  readonly responseParameters?: readonly { readonly size: number }[]
  readonly payload?: Payload
  readonly responseStatus?: EchoStatus
}

/** A payload of so many zeros. */
export function zeros(size: number): Payload {
  return { body: new Uint8Array(size) }
}

/** Both carry what a client sends back to it. */
export const initialMetadataKey = 'x-grpc-test-echo-initial'
export const trailingMetadataKey = 'x-grpc-test-echo-trailing-bin'

/** `grpc.testing.TestService`, and a method that no server has. */
export const testService = {
  emptyCall: method<object, object>('TestService/EmptyCall', ['Empty', 'Empty']),
  unaryCall: method<SimpleRequest, SimpleResponse>('TestService/UnaryCall', [
    'SimpleRequest',
    'SimpleResponse',
  ]),
  streamingInputCall: method<StreamingInputRequest, StreamingInputResponse>(
    'TestService/StreamingInputCall',
    ['StreamingInputCallRequest', 'StreamingInputCallResponse'],
    { request: true },
  ),
  streamingOutputCall: method<StreamingOutputRequest, SimpleResponse>(
    'TestService/StreamingOutputCall',
    ['StreamingOutputCallRequest', 'StreamingOutputCallResponse'],
    { response: true },
  ),
  fullDuplexCall: method<StreamingOutputRequest, SimpleResponse>(
    'TestService/FullDuplexCall',
    ['StreamingOutputCallRequest', 'StreamingOutputCallResponse'],
    { request: true, response: true },
  ),
} satisfies ServiceDefinition

export const unimplementedMethod: MethodDefinition<object, object> = method(
  'TestService/UnimplementedCall',
  ['Empty', 'Empty'],
)
export const unimplementedService: MethodDefinition<object, object> = method(
  'UnimplementedService/UnimplementedCall',
  ['Empty', 'Empty'],
)

function method<Asked extends object, Answer extends object>(
  name: string,
  [request, response]: readonly [string, string],
  streams: { readonly request?: boolean; readonly response?: boolean } = {},
): MethodDefinition<Asked, Answer> {
  const [asked, answer] = [codecOf<Asked>(request), codecOf<Answer>(response)]
  return {
    path: `/grpc.testing.${name}`,
    requestStream: streams.request === true,
    responseStream: streams.response === true,
    requestSerialize: asked.encode,
    requestDeserialize: asked.decode,
    responseSerialize: answer.encode,
    responseDeserialize: answer.decode,
  }
}

function codecOf<T extends object>(
  name: string,
): { encode(it: T): Buffer; decode(bytes: Buffer): T } {
  const type = root.lookupType(`grpc.testing.${name}`)
  return {
    encode: (it) => Buffer.from(type.encode(type.fromObject(it)).finish()),
    decode: (bytes) => type.toObject(type.decode(bytes), { defaults: true }) as T,
  }
}
