import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js'
import {
  initialMetadataKey,
  type SimpleRequest,
  type SimpleResponse,
  type StreamingInputRequest,
  type StreamingInputResponse,
  type StreamingOutputRequest,
  testService,
  trailingMetadataKey,
  zeros,
} from './test-service.ts'

/** Starts the suite's test server, by grpc-js, on a free port of loopback. */
export async function startJsServer(): Promise<{ readonly port: number; close(): void }> {
  const server = new Server()
  server.addService(testService, {
    emptyCall: (_call: unknown, reply: sendUnaryData<object>) => reply(null, {}),
    unaryCall,
    streamingInputCall,
    streamingOutputCall: (call: ServerWritableStream<StreamingOutputRequest, SimpleResponse>) => {
      for (const { size } of call.request.responseParameters ?? []) {
        call.write({ payload: zeros(size) })
      }
      call.end()
    },
    fullDuplexCall,
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })
  return { port, close: () => server.forceShutdown() }
}

function unaryCall(
  call: ServerUnaryCall<SimpleRequest, SimpleResponse>,
  reply: sendUnaryData<SimpleResponse>,
): void {
  const trailer = echoMetadata(call)
  const { responseStatus, responseSize = 0 } = call.request
  if (responseStatus !== undefined && responseStatus !== null && responseStatus.code !== 0) {
    reply({ code: responseStatus.code, details: responseStatus.message, metadata: trailer })
  } else reply(null, { payload: zeros(responseSize) }, trailer)
}

function streamingInputCall(
  call: ServerReadableStream<StreamingInputRequest, StreamingInputResponse>,
  reply: sendUnaryData<StreamingInputResponse>,
): void {
  let aggregatedPayloadSize = 0
  call.on('data', ({ payload }: StreamingInputRequest) => {
    aggregatedPayloadSize += payload.body.length
  })
  call.on('error', () => undefined)
  call.on('end', () => reply(null, { aggregatedPayloadSize }))
}

function fullDuplexCall(call: ServerDuplexStream<StreamingOutputRequest, SimpleResponse>): void {
  const trailer = echoMetadata(call)
  call.on('data', ({ responseStatus, responseParameters = [] }: StreamingOutputRequest) => {
    if (responseStatus !== undefined && responseStatus !== null && responseStatus.code !== 0) {
      call.emit('error', { code: responseStatus.code, details: responseStatus.message })
      return
    }
    for (const { size } of responseParameters) call.write({ payload: zeros(size) })
  })
  call.on('error', () => undefined)
  call.on('end', () => call.end(trailer))
}

/** Sends the header back that asks for it; gives the trailer. */
function echoMetadata(call: {
  readonly metadata: Metadata
  sendMetadata(metadata: Metadata): void
}): Metadata {
  const [header, trailer] = [new Metadata(), new Metadata()]
  const [initial] = call.metadata.get(initialMetadataKey)
  const [trailing] = call.metadata.get(trailingMetadataKey)
  if (initial !== undefined) {
    header.set(initialMetadataKey, initial)
    call.sendMetadata(header)
  }
  if (trailing !== undefined) trailer.set(trailingMetadataKey, trailing)
  return trailer
}
