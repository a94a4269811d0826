import {
  Server as GrpcServer,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerOptions,
  status,
} from '@grpc/grpc-js'
import { type AdsHandlers, adsService } from './ads-service.ts'
import { AdsStream } from './ads-stream.ts'
import type { ClientStatus } from './client-status.ts'
import { afterThisTurn } from './defaults.ts'
import { XdsServerError } from './errors.ts'
import type { ClientIdentity } from './events.ts'
import { resolveXdsServerOptions, type XdsServerConfig, type XdsServerOptions } from './options.ts'
import { PushRound } from './push-round.ts'
import { ResourceEncoder } from './resource-encoder.ts'
import type { ResourceSet } from './resource-set.ts'
import type { Variant } from './session.ts'

/** Where a server listens. */
export interface ListenOptions {
  /** Default: `127.0.0.1`. */
  readonly host?: string
  /** Zero picks a free one. Default: 15010, Istio's port for discovery in plain text. */
  readonly port?: number
  /** Default: plain text. */
  readonly credentials?: ServerCredentials
}

/** An address in use. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** The resources of one type, as a client should have them. */
export interface ServedResources {
  readonly version: string
  readonly byName: ReadonlyMap<string, { readonly version: string; readonly json: object }>
}

/** A running aggregated discovery service. */
export interface XdsServer extends AsyncDisposable {
  /** Opens a port of its own. Rejects with `ERR_XDS_SERVER_LISTEN`. */
  listen(options?: ListenOptions): Promise<Address>
  /** Adds the service to a gRPC server that somebody else opens and closes. */
  attach(server: GrpcServer): void
  /**
   * Brings clients up to date. A client whose resources are what they were is sent nothing.
   *
   * @param reason a word or two, for {@link XdsServerEvents.converged}
   * @param concerns which clients can be affected. Default: all.
   */
  push(reason: string, concerns?: (client: ClientIdentity) => boolean): void
  /**
   * Encodes what a client will have before it is pushed.
   *
   * @throws {XdsServerError} if a resource cannot be encoded
   */
  prepare(resources: ResourceSet): void
  /** The clients that are connected, and how far they are. */
  clients(): readonly ClientStatus[]
  /** What a client should have, by type URL; nothing if no client with this id is connected. */
  resourcesOf(id: number): ReadonlyMap<string, ServedResources> | undefined
  /** Resolves once no push waits and every client has answered all it was sent; at once if so. */
  settled(): Promise<void>
  /** How many resources were encoded since the start. */
  readonly encoded: number
  /** Ends all streams with UNAVAILABLE, and the port that {@link XdsServer.listen} opened. */
  close(): Promise<void>
}

/**
 * Makes an aggregated discovery service: state of the world and delta, on one port.
 *
 * It serves what `resourcesFor` says; call {@link XdsServer.push} whenever that has changed.
 */
export function createXdsServer(options: XdsServerOptions): XdsServer {
  return new AggregatedDiscovery(resolveXdsServerOptions(options))
}

// Clients that are brought up to date before other work gets its turn.
const pushesPerTurn = 16
const defaultPort = 15_010
const keepaliveMs = 30_000
const keepaliveTimeoutMs = 10_000
const streamsPerConnection = 100

class AggregatedDiscovery implements XdsServer {
  readonly #config: XdsServerConfig
  readonly #encoder = new ResourceEncoder()
  readonly #streams = new Set<AdsStream>()
  readonly #waiting = new Set<AdsStream>()
  readonly #unsettled = new Set<AdsStream>()
  readonly #round: PushRound
  readonly #servers: GrpcServer[] = []
  #settledWaiters: (() => void)[] = []
  #opened = 0
  #pushing = false
  #closed = false

  constructor(config: XdsServerConfig) {
    this.#config = config
    this.#round = new PushRound(config.clock)
  }

  get encoded(): number {
    return this.#encoder.encoded
  }

  listen({
    host = '127.0.0.1',
    port = defaultPort,
    credentials = ServerCredentials.createInsecure(),
  }: ListenOptions = {}): Promise<Address> {
    const server = new GrpcServer(grpcOptions(this.#config.limits.maxRequestBytes))
    this.attach(server)
    this.#servers.push(server)
    const target = `${host.includes(':') ? `[${host}]` : host}:${port}`
    return new Promise((resolve, reject) => {
      server.bindAsync(target, credentials, (cause, bound) => {
        if (cause === null) resolve({ host, port: bound })
        else
          reject(
            new XdsServerError(`cannot listen on ${target}`, {
              code: 'ERR_XDS_SERVER_LISTEN',
              cause,
            }),
          )
      })
    })
  }

  attach(server: GrpcServer): void {
    const handlers: AdsHandlers = {
      streamAggregatedResources: (call) => this.#open(call, 'sotw'),
      deltaAggregatedResources: (call) => this.#open(call, 'delta'),
    }
    server.addService(adsService, { ...handlers })
  }

  push(reason: string, concerns: (client: ClientIdentity) => boolean = () => true): void {
    if (this.#closed) return
    this.#round.begin(reason)
    for (const stream of this.#streams) {
      const { client } = stream
      if (client !== undefined && concerns(client)) this.#waiting.add(stream)
    }
    if (this.#pushing) return
    this.#pushing = true
    afterThisTurn(() => this.#pushSome())
  }

  prepare(resources: ResourceSet): void {
    this.#encoder.encode(resources)
  }

  clients(): readonly ClientStatus[] {
    return [...this.#streams].map((stream) => stream.status).filter((it) => it !== undefined)
  }

  resourcesOf(id: number): ReadonlyMap<string, ServedResources> | undefined {
    return [...this.#streams].find(({ client }) => client?.id === id)?.resources
  }

  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#settledWaiters.push(resolve)
      this.#noteSettled()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const stream of this.#streams) stream.end(status.UNAVAILABLE, 'the server is closing')
    await Promise.all(this.#servers.splice(0).map(shutDown))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #open(call: ServerDuplexStream<Buffer, Buffer>, variant: Variant): void {
    this.#opened += 1
    const stream: AdsStream = new AdsStream(call, {
      id: this.#opened,
      variant,
      config: this.#config,
      encoder: this.#encoder,
      changed: () => this.#noteChange(stream),
    })
    if (this.#closed) stream.end(status.UNAVAILABLE, 'the server is closing')
    else if (this.#streams.size >= this.#config.limits.maxStreams) {
      const message = `expected at most ${this.#config.limits.maxStreams} streams, got one more`
      stream.refuse(status.RESOURCE_EXHAUSTED, message)
    } else this.#streams.add(stream)
  }

  #pushSome(): void {
    let left = pushesPerTurn
    for (const stream of this.#waiting) {
      if (left === 0) break
      left -= 1
      this.#waiting.delete(stream)
      if (stream.push()) this.#round.count()
    }
    this.#pushing = this.#waiting.size > 0
    if (this.#pushing) afterThisTurn(() => this.#pushSome())
    else this.#noteSettled()
  }

  #noteChange(stream: AdsStream): void {
    if (stream.ended) {
      this.#streams.delete(stream)
      this.#waiting.delete(stream)
    }
    if (stream.ended || stream.settled) this.#unsettled.delete(stream)
    else this.#unsettled.add(stream)
    this.#noteSettled()
  }

  #noteSettled(): void {
    const isWaited = this.#round.open || this.#settledWaiters.length > 0
    if (!isWaited || this.#pushing || this.#unsettled.size > 0) return
    if (this.#round.open) {
      const rejecting = [...this.#streams].filter((stream) => stream.rejecting).length
      this.#config.events.converged?.(this.#round.end(rejecting))
    }
    const waiters = this.#settledWaiters
    this.#settledWaiters = []
    for (const resolve of waiters) resolve()
  }
}

function grpcOptions(maxRequestBytes: number): ServerOptions {
  return {
    'grpc.max_receive_message_length': maxRequestBytes,
    'grpc.max_concurrent_streams': streamsPerConnection,
    'grpc.keepalive_time_ms': keepaliveMs,
    'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
  }
}

function shutDown(server: GrpcServer): Promise<void> {
  return new Promise((resolve) => {
    // The streams have their status on the way; what is still open after this turn is cut.
    server.tryShutdown(() => resolve())
    afterThisTurn(() => afterThisTurn(() => server.forceShutdown()))
  })
}
