import { Buffer } from 'node:buffer'
import {
  type handleBidiStreamingCall,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
} from '@grpc/grpc-js'
import { messageTypeFor, versionOf } from '@meshwright/xds-types'
import {
  DeltaDiscoveryRequest,
  type DeltaDiscoveryRequestJson,
  DeltaDiscoveryResponse,
  DiscoveryRequest,
  type DiscoveryRequestJson,
  DiscoveryResponse,
} from '@meshwright/xds-types/envoy/service/discovery/v3'
import { type ResourceType, resourceTypeOf, typeUrls } from '../src/resource-type.ts'
import { Awaited } from './awaited.ts'

/** A request of either variant, as the server saw it. */
export type SeenRequest = DiscoveryRequestJson &
  DeltaDiscoveryRequestJson & { readonly stream: number }

interface Served {
  readonly version: string
  readonly bytes: Uint8Array
}

type Call = ServerDuplexStream<Uint8Array, Uint8Array>

interface TypeState {
  nonce: string
  names: ReadonlySet<string>
  /** Delta: what the client has. */
  readonly known: Map<string, string>
}

interface StreamState {
  readonly id: number
  readonly call: Call
  readonly delta: boolean
  readonly types: Map<ResourceType, TypeState>
}

const service = '/envoy.service.discovery.v3.AggregatedDiscoveryService'
const same = (bytes: Uint8Array): Uint8Array => bytes

/** A control plane of few words, for tests: it serves what it is told to, and remembers what it was asked. */
export class AdsServer {
  readonly requests: Awaited<SeenRequest> = new Awaited()
  readonly #resources = new Map<ResourceType, Map<string, Served>>()
  readonly #streams = new Set<StreamState>()
  /** Types that are asked for and not answered. */
  readonly silent = new Set<ResourceType>()
  #server: Server | undefined
  #version = 1
  #nonce = 0
  #streamCount = 0
  readonly #credentials: ServerCredentials
  port = 0

  constructor(credentials: ServerCredentials = ServerCredentials.createInsecure()) {
    this.#credentials = credentials
  }

  /** How many streams are open. */
  get streams(): number {
    return this.#streams.size
  }

  async listen(): Promise<void> {
    const server = new Server({ 'grpc.so_reuseport': 0 })
    const method = (name: string) => ({
      path: `${service}/${name}`,
      requestStream: true,
      responseStream: true,
      requestSerialize: Buffer.from,
      requestDeserialize: same,
      responseSerialize: Buffer.from,
      responseDeserialize: same,
    })
    const handle =
      (delta: boolean): handleBidiStreamingCall<Uint8Array, Uint8Array> =>
      (call) =>
        this.#accept(call, delta)
    server.addService(
      {
        sotw: method('StreamAggregatedResources'),
        delta: method('DeltaAggregatedResources'),
      } as never,
      { sotw: handle(false), delta: handle(true) } as never,
    )
    this.port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${this.port}`, this.#credentials, (error, port) =>
        error === null ? resolve(port) : reject(error),
      )
    })
    this.#server = server
  }

  /** Ends everything at once, as a crash does. */
  crash(): void {
    this.#server?.forceShutdown()
    this.#server = undefined
    this.#streams.clear()
  }

  /** Says what there is of one type from now on, and tells all streams. */
  set(
    type: ResourceType,
    resources: readonly { readonly name?: string; readonly clusterName?: string }[],
  ): void {
    const handle = messageTypeFor(typeUrls[type])
    if (handle === undefined) throw new Error(`no type ${type}`)
    this.setBytes(
      type,
      resources.map((json) => [
        json.name ?? json.clusterName ?? '',
        handle.encode(handle.fromJson({ ...json }, { unknownTypes: 'keep' })),
      ]),
    )
  }

  /** As `set`, with bytes as they are. */
  setBytes(
    type: ResourceType,
    resources: readonly (readonly [name: string, bytes: Uint8Array])[],
  ): void {
    this.#version += 1
    this.#resources.set(
      type,
      new Map(resources.map(([name, bytes]) => [name, { version: versionOf(bytes), bytes }])),
    )
    for (const stream of this.#streams) {
      const state = stream.types.get(type)
      if (state !== undefined) this.#push(stream, type, state)
    }
  }

  /** The version of a state-of-the-world response of now. */
  get version(): string {
    return String(this.#version)
  }

  /** Sends bytes that nobody asked for. */
  sendRaw(bytes: Uint8Array): void {
    for (const { call } of this.#streams) call.write(bytes)
  }

  #accept(call: Call, delta: boolean): void {
    const stream = {
      id: ++this.#streamCount,
      call,
      delta,
      types: new Map<ResourceType, TypeState>(),
    }
    this.#streams.add(stream)
    const end = () => {
      this.#streams.delete(stream)
    }
    call.on('cancelled', end)
    call.on('error', end)
    call.on('end', () => {
      end()
      call.end()
    })
    call.on('data', (bytes: Uint8Array) => {
      const request: SeenRequest = delta
        ? {
            ...DeltaDiscoveryRequest.toJson(DeltaDiscoveryRequest.decode(bytes)),
            stream: stream.id,
          }
        : { ...DiscoveryRequest.toJson(DiscoveryRequest.decode(bytes)), stream: stream.id }
      this.requests.add(request)
      const type = resourceTypeOf(request.typeUrl ?? '')
      if (type === undefined) return
      if (delta) this.#onDelta(stream, type, request)
      else this.#onSotw(stream, type, request)
    })
  }

  #onSotw(stream: StreamState, type: ResourceType, request: SeenRequest): void {
    const state = stream.types.get(type)
    if (state !== undefined && (request.responseNonce ?? '') !== state.nonce) return
    const names = new Set(request.resourceNames ?? [])
    if (state !== undefined && equalSets(names, state.names)) return
    const next = { nonce: state?.nonce ?? '', names, known: new Map<string, string>() }
    stream.types.set(type, next)
    this.#push(stream, type, next)
  }

  #onDelta(stream: StreamState, type: ResourceType, request: SeenRequest): void {
    const known = stream.types.get(type)
    const subscribe = request.resourceNamesSubscribe ?? []
    const unsubscribe = request.resourceNamesUnsubscribe ?? []
    if (known !== undefined && subscribe.length === 0 && unsubscribe.length === 0) return
    const state = known ?? {
      nonce: '',
      names: new Set(),
      known: new Map(Object.entries(request.initialResourceVersions ?? {})),
    }
    const names = new Set([...state.names, ...subscribe])
    for (const name of unsubscribe) names.delete(name)
    // A subscription to a known name is a wish to hear of it again.
    if (known !== undefined) for (const name of subscribe) state.known.delete(name)
    for (const name of unsubscribe) state.known.delete(name)
    state.names = names
    stream.types.set(type, state)
    if (subscribe.length > 0 || known === undefined) this.#push(stream, type, state, subscribe)
  }

  #push(
    stream: StreamState,
    type: ResourceType,
    state: TypeState,
    asked: readonly string[] = [],
  ): void {
    if (this.silent.has(type)) return
    const all = this.#resources.get(type) ?? new Map<string, Served>()
    const wildcard = type === 'cds' || type === 'lds'
    const wanted = [...all].filter(([name]) => wildcard || state.names.has(name))
    if (!stream.delta && wanted.length === 0 && !wildcard) return
    state.nonce = `nonce-${++this.#nonce}`
    if (stream.delta) this.#pushDelta(stream, type, state, { wanted, asked, all })
    else this.#pushSotw(stream, type, state, wanted)
  }

  #pushSotw(
    { call }: StreamState,
    type: ResourceType,
    { nonce }: TypeState,
    wanted: readonly (readonly [string, Served])[],
  ): void {
    const typeUrl = typeUrls[type]
    const resources = wanted.map(([, { bytes: value }]) => ({ typeUrl, value }))
    const controlPlane = { identifier: 'test' }
    call.write(
      DiscoveryResponse.encode({
        versionInfo: this.version,
        typeUrl,
        nonce,
        resources,
        controlPlane,
      }),
    )
  }

  #pushDelta(
    { call }: StreamState,
    type: ResourceType,
    { nonce, known }: TypeState,
    {
      wanted,
      asked,
      all,
    }: {
      readonly wanted: readonly (readonly [string, Served])[]
      readonly asked: readonly string[]
      readonly all: ReadonlyMap<string, Served>
    },
  ): void {
    const typeUrl = typeUrls[type]
    const changed = wanted.filter(([name, { version }]) => known.get(name) !== version)
    const removedResources = [...new Set([...known.keys(), ...asked])].filter(
      (name) => !all.has(name),
    )
    for (const [name, { version }] of changed) known.set(name, version)
    for (const name of removedResources) known.delete(name)
    const resources = changed.map(([name, { version, bytes: value }]) => ({
      name,
      version,
      resource: { typeUrl, value },
    }))
    call.write(
      DeltaDiscoveryResponse.encode({
        systemVersionInfo: this.version,
        typeUrl,
        nonce,
        resources,
        removedResources,
        controlPlane: { identifier: 'test' },
      }),
    )
  }
}

function equalSets(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((name) => b.has(name))
}
