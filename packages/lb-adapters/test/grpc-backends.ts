import {
  Client,
  type ClientUnaryCall,
  credentials,
  experimental,
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type ServiceError,
  type sendUnaryData,
} from '@grpc/grpc-js'
import { afterEach } from 'vitest'

/** A gRPC server on a port of its own that says who it is. */
export interface GrpcBackend {
  readonly name: string
  readonly port: number
  readonly address: string
  /** Calls that arrived. */
  readonly calls: number
  /** From now on it answers so. */
  answer(respond: Respond): void
  /** Ends all connections, and begins no new ones. */
  stop(): void
  /** Resolves when the last connection is closed by its client. */
  drained(): Promise<void>
}

export type Respond = (call: ServerUnaryCall<string, string>, reply: sendUnaryData<string>) => void

const utf8 = {
  serialize: (text: string): Buffer => Buffer.from(text),
  deserialize: (bytes: Buffer): string => bytes.toString(),
}
const path = '/reviews.Reviews/Say'
const service: ServiceDefinition = {
  say: {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: utf8.serialize,
    requestDeserialize: utf8.deserialize,
    responseSerialize: utf8.serialize,
    responseDeserialize: utf8.deserialize,
  },
}

const opened: { close(): void }[] = []

afterEach(() => {
  for (const it of opened.splice(0).reverse()) it.close()
})

/** Servers that live until the end of the test. */
export async function grpcBackends<const Names extends readonly string[]>(
  ...names: Names
): Promise<{ [K in keyof Names]: GrpcBackend }> {
  const started = await Promise.all(names.map((name) => grpcBackend(name)))
  // One for each name, in their order.
  return started as { [K in keyof Names]: GrpcBackend }
}

export async function grpcBackend(name: string, at = 0): Promise<GrpcBackend> {
  let calls = 0
  let respond: Respond = (_, reply) => reply(null, name)
  const server = new Server()
  server.addService(service, {
    say(call: ServerUnaryCall<string, string>, reply: sendUnaryData<string>) {
      calls += 1
      respond(call, reply)
    },
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${at}`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })
  opened.push({ close: () => server.forceShutdown() })
  return {
    name,
    port,
    address: `127.0.0.1:${port}`,
    get calls() {
      return calls
    },
    answer(next) {
      respond = next
    },
    stop: () => server.forceShutdown(),
    drained: () =>
      new Promise((resolve, reject) =>
        server.tryShutdown((error) => (error === undefined ? resolve() : reject(error))),
      ),
  }
}

/** A client whose channel balances by these configs. */
export interface GrpcClient {
  say(headers?: Readonly<Record<string, string>>): Promise<string>
  /** The same, and the call itself to cancel it. */
  call(headers?: Readonly<Record<string, string>>): [ClientUnaryCall, Promise<string>]
  close(): void
}

export function grpcClient(target: string, ...configs: readonly object[]): GrpcClient {
  const serviceConfig = {
    loadBalancingConfig: configs,
    methodConfig: [
      {
        name: [{}],
        retryPolicy: {
          maxAttempts: 5,
          initialBackoff: '0.001s',
          maxBackoff: '0.001s',
          backoffMultiplier: 1,
          retryableStatusCodes: ['UNAVAILABLE'],
        },
      },
    ],
  }
  const client = new Client(target, credentials.createInsecure(), {
    'grpc.service_config': JSON.stringify(serviceConfig),
    'grpc.use_local_subchannel_pool': 1,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 100,
  })
  opened.push(client)
  const call = (
    headers: Readonly<Record<string, string>> = {},
  ): [ClientUnaryCall, Promise<string>] => {
    const metadata = new Metadata({ waitForReady: true })
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const done = (error: ServiceError | null, answer?: string): void =>
      error === null ? resolve(answer ?? '') : reject(error)
    const { serialize, deserialize } = utf8
    return [client.makeUnaryRequest(path, serialize, deserialize, 'hello', metadata, done), promise]
  }
  return { call, say: (headers) => call(headers)[1], close: () => client.close() }
}

/** `ipv4:` and all of them. */
export const targetOf = (of: readonly GrpcBackend[]): string =>
  `ipv4:${of.map(({ address }) => address).join(',')}`

export interface WeightedEndpoint extends experimental.Endpoint {
  readonly endpointWeight?: number
}

/** A target whose endpoints are told by the test: `test:NAME`. */
export class TestResolver implements experimental.Resolver {
  static readonly #endpoints = new Map<string, readonly WeightedEndpoint[]>()
  static readonly #running = new Map<string, TestResolver>()
  readonly #name: string
  readonly #listener: experimental.ResolverListener

  constructor(target: experimental.GrpcUri, listener: experimental.ResolverListener) {
    this.#name = target.path
    this.#listener = listener
  }

  static getDefaultAuthority(): string {
    return 'reviews'
  }

  static set(name: string, endpoints: readonly WeightedEndpoint[]): void {
    TestResolver.#endpoints.set(name, endpoints)
    TestResolver.#running.get(name)?.updateResolution()
  }

  updateResolution(): void {
    TestResolver.#running.set(this.#name, this)
    const endpoints = [...(TestResolver.#endpoints.get(this.#name) ?? [])]
    process.nextTick(() => {
      this.#listener(
        experimental.statusOrFromValue<experimental.Endpoint[]>(endpoints),
        {},
        null,
        '',
      )
    })
  }

  destroy(): void {
    TestResolver.#running.delete(this.#name)
  }
}
experimental.registerResolver('test', TestResolver)

export const endpointOf = ({ port }: GrpcBackend, endpointWeight?: number): WeightedEndpoint => ({
  addresses: [{ host: '127.0.0.1', port }],
  ...(endpointWeight !== undefined && { endpointWeight }),
})
