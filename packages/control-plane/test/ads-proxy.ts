import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js'
import type { AnyJson } from '@meshwright/xds-types'
import {
  DiscoveryRequest,
  type DiscoveryRequestJson,
  DiscoveryResponse,
  type DiscoveryResponseJson,
} from '@meshwright/xds-types/envoy/service/discovery/v3'

type Kind = 'Cluster' | 'ClusterLoadAssignment' | 'Listener' | 'RouteConfiguration'

const config = 'type.googleapis.com/envoy.config.'
const cluster = `${config}cluster.v3.Cluster`
const endpoint = `${config}endpoint.v3.ClusterLoadAssignment`
const listener = `${config}listener.v3.Listener`
const route = `${config}route.v3.RouteConfiguration`

/** A proxy on a state-of-the-world stream that wants everything and accepts it. */
export function adsProxy(address: { host: string; port: number }, id: string): AdsProxy {
  return new AdsProxy(`${address.host}:${address.port}`, id)
}

class AdsProxy implements Disposable {
  /** Responses so far. */
  responses = 0
  readonly #client: Client
  readonly #call: ClientDuplexStream<DiscoveryRequestJson, DiscoveryResponseJson>
  readonly #has = new Map<string, AnyJson>()
  readonly #wanted = new Map<string, readonly string[]>()
  #waiting: { resolve: () => void; reject: (error: unknown) => void }[] = []
  #refusal: string | undefined

  constructor(target: string, id: string) {
    // A connection of its own, as a proxy has.
    this.#client = new Client(target, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    })
    this.#call = this.#client.makeBidiStreamRequest(
      '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources',
      (json: DiscoveryRequestJson) =>
        Buffer.from(DiscoveryRequest.encode(DiscoveryRequest.fromJson(json))),
      (bytes) => DiscoveryResponse.toJson(DiscoveryResponse.decode(bytes)),
    )
    this.#call.on('data', (response: DiscoveryResponseJson) => this.#take(response))
    this.#call.on('error', (error) => {
      for (const { reject } of this.#waiting.splice(0)) reject(error)
    })
    this.#call.write({ node: { id }, typeUrl: cluster })
    this.#call.write({ typeUrl: listener })
  }

  resource(kind: Kind, name: string): AnyJson | undefined {
    return this.#all(kind).find((it) => nameOf(it) === name)
  }

  names(kind: Kind): readonly string[] {
    return this.#all(kind).map(nameOf)
  }

  /** Refuses what comes from now on, with this reason. */
  refuse(reason: string): void {
    this.#refusal = reason
  }

  /** Resolves after the next response. Rejects when the stream ends. */
  next(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
    })
  }

  [Symbol.dispose](): void {
    this.#call.cancel()
    this.#client.close()
  }

  #all(kind: Kind): readonly AnyJson[] {
    return [...this.#has.values()].filter((it) => it['@type'].endsWith(`.${kind}`))
  }

  #take({ typeUrl = '', nonce = '', resources = [] }: DiscoveryResponseJson): void {
    this.responses += 1
    const answer = { typeUrl, responseNonce: nonce, resourceNames: this.#wanted.get(typeUrl) ?? [] }
    if (this.#refusal === undefined) {
      this.#call.write(answer)
      this.#store(typeUrl, resources)
      this.#follow(typeUrl, resources)
    } else this.#call.write({ ...answer, errorDetail: { code: 3, message: this.#refusal } })
    for (const { resolve } of this.#waiting.splice(0)) resolve()
  }

  #store(typeUrl: string, resources: readonly AnyJson[]): void {
    if (typeUrl === cluster || typeUrl === listener) {
      for (const key of this.#has.keys()) if (key.startsWith(`${typeUrl} `)) this.#has.delete(key)
    }
    for (const resource of resources) this.#has.set(`${typeUrl} ${nameOf(resource)}`, resource)
  }

  #follow(typeUrl: string, resources: readonly AnyJson[]): void {
    if (typeUrl === cluster) {
      this.#want(endpoint, resources.filter((it) => it['type'] === 'EDS').map(nameOf))
    }
    if (typeUrl === listener) this.#want(route, routeNames(resources))
  }

  #want(typeUrl: string, names: readonly string[]): void {
    if (names.length === 0 || this.#wanted.get(typeUrl)?.join() === names.join()) return
    this.#wanted.set(typeUrl, names)
    this.#call.write({ typeUrl, resourceNames: names })
  }
}

function nameOf(resource: AnyJson): string {
  return String(resource['name'] ?? resource['clusterName'])
}

function routeNames(listeners: readonly AnyJson[]): string[] {
  const names = JSON.stringify(listeners).matchAll(/"routeConfigName":"([^"]+)"/g)
  return [...new Set([...names].map(([, name = '']) => name))].sort()
}
