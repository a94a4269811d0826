import type { NodeJson } from '@meshwright/xds-types/envoy/config/core/v3'
import type { DiscoveryRequestJson } from '@meshwright/xds-types/envoy/service/discovery/v3'
import { type ResourceType, typeUrls, type Wanted } from '../resource-type.ts'
import { invalidArgument } from './invalid-argument.ts'
import { NodeOnce } from './node-once.ts'
import { sameNames } from './same-names.ts'
import type { AdsSession, HeldVersions } from './session.ts'

interface Subscription {
  wanted: Wanted
  /** Of the last response; empty before the first one. */
  nonce: string
}

/** State of the world: every request carries all names, every CDS and LDS response everything there is. */
export class SotwSession implements AdsSession {
  readonly #node: NodeOnce
  readonly #held: HeldVersions
  readonly #subscriptions = new Map<ResourceType, Subscription>()

  constructor(node: NodeJson, onFirstMessageOnly: boolean, held: HeldVersions) {
    this.#node = new NodeOnce(node, onFirstMessageOnly)
    this.#held = held
  }

  subscribe(type: ResourceType, wanted: Wanted): readonly DiscoveryRequestJson[] {
    const known = this.#subscriptions.get(type)
    // A request that repeats names and nonce is an ACK to the server: there is no way to ask for a resource again.
    if (known === undefined ? wanted.length === 0 : sameNames(known.wanted, wanted)) return []
    const subscription = { wanted, nonce: known?.nonce ?? '' }
    this.#subscriptions.set(type, subscription)
    return [this.#request(type, subscription)]
  }

  answer(type: ResourceType, nonce: string, fault: string | undefined): DiscoveryRequestJson {
    const subscription = this.#subscriptions.get(type) ?? { wanted: [], nonce }
    subscription.nonce = nonce
    const request = this.#request(type, subscription)
    return fault === undefined ? request : { ...request, errorDetail: invalidArgument(fault) }
  }

  #request(type: ResourceType, { wanted, nonce }: Subscription): DiscoveryRequestJson {
    return {
      ...this.#node.next(),
      typeUrl: typeUrls[type],
      versionInfo: this.#held.responseVersion(type),
      // An empty list is the wildcard of CDS and LDS.
      resourceNames: wanted === '*' ? [] : [...wanted],
      responseNonce: nonce,
    }
  }
}
