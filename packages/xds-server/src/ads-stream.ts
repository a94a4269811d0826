import { Metadata, type ServerDuplexStream, status } from '@grpc/grpc-js'
import { type ClientStatus, statusOf } from './client-status.ts'
import { type DecodedRequest, decodeRequest } from './decode-request.ts'
import { encodeResponse } from './encode-response.ts'
import { XdsServerError } from './errors.ts'
import type { ClientIdentity } from './events.ts'
import type { XdsServerConfig } from './options.ts'
import type { ResourceEncoder } from './resource-encoder.ts'
import { type DueResponse, Session, type Variant, type WireSet } from './session.ts'
import type { DiscoveryMessage } from './subscription.ts'

/** What a stream needs from the server that it belongs to. */
export interface StreamContext {
  readonly id: number
  readonly variant: Variant
  readonly config: XdsServerConfig
  readonly encoder: ResourceEncoder
  /** Called whenever the stream may have come to rest, or ended. */
  readonly changed: () => void
}

// As long as clients wait for a resource; a stream that says nothing takes the place of another.
const firstRequestMs = 15_000

/** One ADS stream: carries bytes between a call and its {@link Session}. */
export class AdsStream {
  readonly #call: ServerDuplexStream<Buffer, Buffer>
  readonly #context: StreamContext
  readonly #connectedAtWallMs: number
  #joined: { readonly session: Session; readonly client: ClientIdentity } | undefined
  #writable = true
  #ended = false
  #pushedAtMs: number | undefined
  #timer: unknown

  constructor(call: ServerDuplexStream<Buffer, Buffer>, context: StreamContext) {
    this.#call = call
    this.#context = context
    this.#connectedAtWallMs = context.config.wallClock()
    this.#timer = context.config.timers.setTimeout(() => this.#refuseSilent(), firstRequestMs)
    call.on('data', (bytes: Buffer) => this.#receive(bytes))
    call.on('drain', () => {
      this.#writable = true
      this.#flush()
    })
    call.on('end', () => {
      this.#leave()
      call.end()
    })
    call.on('cancelled', () => this.#leave())
    call.on('error', () => this.#leave())
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Nothing before the client has said who it is. */
  get client(): ClientIdentity | undefined {
    return this.#joined?.client
  }

  /** Whether the client waits for nothing and owes no answer. A client that has not said who it is does not count. */
  get settled(): boolean {
    return this.#joined?.session.settled ?? true
  }

  get rejecting(): boolean {
    const subscriptions = this.#joined?.session.subscriptions ?? []
    return subscriptions.some(({ delivery }) => delivery.rejection !== undefined)
  }

  /** Nothing before the client has said who it is. */
  get status(): ClientStatus | undefined {
    if (this.#joined === undefined) return undefined
    const { client, session } = this.#joined
    return { ...client, connectedAtWallMs: this.#connectedAtWallMs, ...statusOf(session) }
  }

  /** What the client should have, by type URL; nothing before it has said who it is. */
  get resources(): WireSet | undefined {
    return this.#joined?.session.resources
  }

  /** Brings the client up to date; tells whether there was anything to bring. */
  push(): boolean {
    if (this.#joined === undefined || this.#ended) return false
    const { session, client } = this.#joined
    try {
      const resources = this.#resourcesFor(client.node)
      if (resources === undefined) return false
      session.update(resources)
    } catch (error) {
      this.#context.config.events.failed?.({ client, error })
      return false
    }
    if (session.settled) return false
    this.#pushedAtMs ??= this.#context.config.clock.now()
    this.#flush()
    return true
  }

  /** Ends the stream because of what the client did. */
  refuse(code: status, message: string): void {
    if (this.#ended) return
    const peer = this.#call.getPeer()
    this.#context.config.events.refused?.({ peer, status: status[code], message })
    this.end(code, message)
  }

  /** Ends the stream from this side. */
  end(code: status, message: string): void {
    if (this.#ended) return
    this.#leave()
    this.#call.emit('error', { code, details: message })
  }

  #refuseSilent(): void {
    this.refuse(status.DEADLINE_EXCEEDED, `expected a first request within ${firstRequestMs} ms`)
  }

  #receive(bytes: Buffer): void {
    if (this.#ended) return
    try {
      const request = decodeRequest(this.#context.variant, bytes)
      const joined = this.#joined ?? this.#join(request)
      if (joined === undefined) return
      this.#take(joined, request.message)
      this.#flush()
    } catch (error) {
      this.refuse(...refusalOf(error))
    }
  }

  #join(request: DecodedRequest): { session: Session; client: ClientIdentity } | undefined {
    const { id, variant, config } = this.#context
    const node = request.node()
    if (node === undefined) {
      this.refuse(status.INVALID_ARGUMENT, 'expected the first request to carry a node, got none')
      return undefined
    }
    const resources = this.#resourcesFor(node)
    if (resources === undefined) {
      this.refuse(status.UNAVAILABLE, 'there is no configuration to serve yet')
      return undefined
    }
    const { maxNamesPerType, maxTypesPerStream: maxTypes } = config.limits
    const limits = { maxNamesPerType, maxTypes, noncePrefix: `${id}.` }
    const client = { id, node, peer: this.#call.getPeer(), variant }
    this.#joined = { session: new Session(variant, resources, limits), client }
    // Headers would go with the first response, and there may be none: who resumes may have it all.
    this.#call.sendMetadata(new Metadata())
    config.events.connected?.(client)
    return this.#joined
  }

  #resourcesFor(node: ClientIdentity['node']): WireSet | undefined {
    const resources = this.#context.config.resourcesFor(node)
    return resources === undefined ? undefined : this.#context.encoder.encode(resources)
  }

  #take(joined: { session: Session; client: ClientIdentity }, message: DiscoveryMessage): void {
    const { events, wallClock } = this.#context.config
    const { session, client } = joined
    const { typeUrl } = message
    const settlement = session.receive(message, wallClock())
    if (settlement === 'stale') events.outdated?.({ client, typeUrl })
    const delivery = session.subscriptions.find((it) => it.typeUrl === typeUrl)?.delivery
    if (settlement === 'ack' && delivery?.accepted !== undefined) {
      events.accepted?.({ client, typeUrl, ...delivery.accepted })
    }
    if (settlement === 'nack' && delivery?.rejection !== undefined) {
      events.rejected?.({ client, typeUrl, ...delivery.rejection })
    }
  }

  /** Writes what is due, as long as the client reads: what it does not take adds up in the session. */
  #flush(): void {
    if (this.#joined === undefined) return
    const { session, client } = this.#joined
    const { clock, wallClock } = this.#context.config
    while (this.#writable && !this.#ended) {
      const response = session.next(clock.now(), wallClock())
      if (response === undefined) break
      this.#write(client, response)
    }
    this.#wakeAt(this.#ended ? undefined : session.dueAtMs)
    this.#noteSynced(session, client)
    this.#context.changed()
  }

  #wakeAt(atMs: number | undefined): void {
    const { timers, clock } = this.#context.config
    if (this.#timer !== undefined) timers.clearTimeout(this.#timer)
    this.#timer = undefined
    if (atMs === undefined) return
    this.#timer = timers.setTimeout(() => this.#flush(), Math.max(0, atMs - clock.now()))
  }

  #write(client: ClientIdentity, response: DueResponse): void {
    const { config, variant } = this.#context
    const bytes = encodeResponse(variant, response, config.identifier)
    this.#writable = this.#call.write(bytes)
    const { typeUrl, nonce, content } = response
    config.events.sent?.({
      client,
      typeUrl,
      nonce,
      version: content.version,
      resources: content.resources.length,
      removed: content.removed.length,
      bytes: bytes.length,
    })
  }

  #noteSynced(session: Session, client: ClientIdentity): void {
    if (this.#pushedAtMs === undefined || !session.settled) return
    const { events, clock } = this.#context.config
    events.synced?.({ client, durationMs: clock.now() - this.#pushedAtMs })
    this.#pushedAtMs = undefined
  }

  #leave(): void {
    if (this.#ended) return
    this.#ended = true
    this.#wakeAt(undefined)
    if (this.#joined !== undefined) this.#context.config.events.disconnected?.(this.#joined.client)
    this.#context.changed()
  }
}

/** What a stream ends with when a request cannot be served. */
function refusalOf(error: unknown): [code: status, message: string] {
  const message = error instanceof Error ? error.message : String(error)
  if (!(error instanceof XdsServerError)) {
    const isCoded = error instanceof Error && 'code' in error && typeof error.code === 'string'
    // Only a coded error was written for others to read.
    return isCoded
      ? [status.INVALID_ARGUMENT, message]
      : [status.INTERNAL, 'the configuration of this client cannot be made']
  }
  if (error.code === 'ERR_XDS_SERVER_BAD_RESOURCE') return [status.INTERNAL, message]
  const isMalformed = error.code === 'ERR_XDS_SERVER_BAD_REQUEST'
  return [isMalformed ? status.INVALID_ARGUMENT : status.RESOURCE_EXHAUSTED, message]
}
