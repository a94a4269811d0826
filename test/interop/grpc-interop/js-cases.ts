import { deepStrictEqual, strictEqual } from 'node:assert'
import {
  type CallOptions,
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type MethodDefinition,
  type StatusObject,
  status,
} from '@grpc/grpc-js'
import {
  initialMetadataKey,
  type SimpleResponse,
  type StreamingInputResponse,
  type StreamingOutputRequest,
  testService,
  trailingMetadataKey,
  unimplementedMethod,
  unimplementedService,
  zeros,
} from './test-service.ts'

const requestSizes = [27_182, 8, 1828, 45_904]
const responseSizes = [31_415, 9, 2653, 58_979]
const large = { request: 271_828, response: 314_159 }

/** The cases of the suite that need no credentials. Each throws if it fails. */
export const jsCases: Readonly<Record<string, (client: Client) => Promise<void>>> = {
  empty_unary: async (client) => {
    deepStrictEqual((await unary(client, testService.emptyCall, {})).answer, {})
  },
  large_unary: async (client) => {
    const asked = { responseSize: large.response, payload: zeros(large.request) }
    const { answer } = await unary(client, testService.unaryCall, asked)
    strictEqual(answer?.payload.body.length, large.response)
  },
  client_streaming: async (client) => {
    const { path, requestSerialize, responseDeserialize } = testService.streamingInputCall
    const answer = await new Promise<StreamingInputResponse | undefined>((resolve, reject) => {
      const call = client.makeClientStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        options(),
        (error, value) => (error === null ? resolve(value) : reject(error)),
      )
      for (const size of requestSizes) call.write({ payload: zeros(size) })
      call.end()
    })
    strictEqual(answer?.aggregatedPayloadSize, sum(requestSizes))
  },
  server_streaming: async (client) => {
    const { path, requestSerialize, responseDeserialize } = testService.streamingOutputCall
    const responseParameters = responseSizes.map((size) => ({ size }))
    const call = client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      { responseParameters },
      options(),
    )
    const sizes: number[] = []
    for await (const { payload } of call as AsyncIterable<SimpleResponse>) {
      sizes.push(payload.body.length)
    }
    deepStrictEqual(sizes, responseSizes)
  },
  ping_pong: async (client) => {
    const call = duplex(client)
    const answers = (call as AsyncIterable<SimpleResponse>)[Symbol.asyncIterator]()
    for (const [i, size] of requestSizes.entries()) {
      call.write({
        responseParameters: [{ size: responseSizes[i] ?? 0 }],
        payload: zeros(size),
      })
      const { value } = await answers.next()
      strictEqual(value.payload.body.length, responseSizes[i])
    }
    call.end()
    strictEqual((await answers.next()).done, true)
  },
  empty_stream: async (client) => {
    const call = duplex(client)
    const ended = statusOf(call)
    call.end()
    deepStrictEqual([await ended, call.answers], [status.OK, []])
  },
  timeout_on_sleeping_server: async (client) => {
    const call = duplex(client, { deadline: Date.now() + 1 })
    const ended = statusOf(call)
    call.write({ payload: zeros(27_182) })
    strictEqual(await ended, status.DEADLINE_EXCEEDED)
  },
  cancel_after_begin: async (client) => {
    const { path, requestSerialize, responseDeserialize } = testService.streamingInputCall
    const code = await new Promise((resolve) => {
      const call = client.makeClientStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        options(),
        (error) => resolve(error?.code ?? status.OK),
      )
      call.cancel()
    })
    strictEqual(code, status.CANCELLED)
  },
  cancel_after_first_response: async (client) => {
    const call = duplex(client)
    const ended = statusOf(call)
    call.once('data', () => call.cancel())
    call.write({ responseParameters: [{ size: 31_415 }], payload: zeros(27_182) })
    strictEqual(await ended, status.CANCELLED)
    strictEqual(call.answers.length, 1)
  },
  status_code_and_message: async (client) => {
    const responseStatus = { code: status.UNKNOWN, message: 'test status message' }
    const { error } = await unary(client, testService.unaryCall, { responseStatus })
    deepStrictEqual([error?.code, error?.details], [status.UNKNOWN, responseStatus.message])
    const call = duplex(client)
    const ended = statusOf(call)
    call.write({ responseStatus })
    call.end()
    strictEqual(await ended, status.UNKNOWN)
    strictEqual(call.details, responseStatus.message)
  },
  special_status_message: async (client) => {
    const message = '\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n'
    const responseStatus = { code: status.UNKNOWN, message }
    const { error } = await unary(client, testService.unaryCall, { responseStatus })
    deepStrictEqual([error?.code, error?.details], [status.UNKNOWN, message])
  },
  custom_metadata: async (client) => {
    const trailing = Buffer.from([10, 11, 10, 11, 10, 11])
    const metadata = new Metadata()
    metadata.set(initialMetadataKey, 'test_initial_metadata_value')
    metadata.set(trailingMetadataKey, trailing)
    const expected = [['test_initial_metadata_value'], [trailing]]
    const asked = { responseSize: 1, payload: zeros(1) }
    const one = await unary(client, testService.unaryCall, asked, metadata)
    deepStrictEqual([one.header, one.trailer], expected)
    const call = duplex(client, {}, metadata)
    const header = new Promise<Metadata>((resolve) => call.once('metadata', resolve))
    const ended = statusOf(call)
    call.write({ responseParameters: [{ size: 1 }], payload: zeros(1) })
    call.end()
    strictEqual(await ended, status.OK)
    deepStrictEqual(
      [(await header).get(initialMetadataKey), call.trailer?.get(trailingMetadataKey)],
      expected,
    )
  },
  unimplemented_method: async (client) => {
    const { error } = await unary(client, unimplementedMethod, {})
    strictEqual(error?.code, status.UNIMPLEMENTED)
  },
  unimplemented_service: async (client) => {
    const { error } = await unary(client, unimplementedService, {})
    strictEqual(error?.code, status.UNIMPLEMENTED)
  },
}

/** A client of its own connection for one case. */
export async function runJsCase(name: string, port: number): Promise<void> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure())
  try {
    await jsCases[name]?.(client)
  } finally {
    client.close()
  }
}

function options(): CallOptions {
  return { deadline: Date.now() + 30_000 }
}

function sum(list: readonly number[]): number {
  return list.reduce((a, b) => a + b, 0)
}

interface UnaryOutcome<Answer> {
  readonly answer: Answer | undefined
  readonly error: { readonly code: number; readonly details: string } | null
  readonly header: readonly unknown[]
  readonly trailer: readonly unknown[]
}

function unary<Asked, Answer>(
  client: Client,
  { path, requestSerialize, responseDeserialize }: MethodDefinition<Asked, Answer>,
  asked: Asked,
  metadata = new Metadata(),
): Promise<UnaryOutcome<Answer>> {
  return new Promise((resolve) => {
    let header: readonly unknown[] = []
    let outcome: Pick<UnaryOutcome<Answer>, 'answer' | 'error'> = { answer: undefined, error: null }
    const call = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      asked,
      metadata,
      options(),
      (error, answer) => {
        outcome = { answer, error }
      },
    )
    call.on('metadata', (it) => {
      header = it.get(initialMetadataKey)
    })
    // The status comes after the answer, but before the callback of an error.
    call.on('status', (it) => {
      const trailer = it.metadata.get(trailingMetadataKey)
      setImmediate(() => resolve({ ...outcome, header, trailer }))
    })
  })
}

type Duplex = ClientDuplexStream<StreamingOutputRequest, SimpleResponse> & {
  answers: SimpleResponse[]
  details?: string
  trailer?: Metadata
}

function duplex(client: Client, more: CallOptions = {}, metadata = new Metadata()): Duplex {
  const { path, requestSerialize, responseDeserialize } = testService.fullDuplexCall
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata, {
    ...options(),
    ...more,
  })
  return Object.assign(call, { answers: [] })
}

/** Reads a call to its end and gives its status. */
function statusOf(call: Duplex): Promise<number> {
  call.on('data', (answer: SimpleResponse) => call.answers.push(answer))
  call.on('error', () => undefined)
  return new Promise((resolve) => {
    call.on('status', ({ code, details, metadata }: StatusObject) => {
      Object.assign(call, { details, trailer: metadata })
      resolve(code)
    })
  })
}
