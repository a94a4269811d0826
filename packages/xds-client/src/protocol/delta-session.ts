import type { NodeJson } from '@meshwright/xds-types/envoy/config/core/v3'
import type { DeltaDiscoveryRequestJson } from '@meshwright/xds-types/envoy/service/discovery/v3'
import { type ResourceType, typeUrls, type Wanted } from '../resource-type.ts'
import { invalidArgument } from './invalid-argument.ts'
import { NodeOnce } from './node-once.ts'
import type { AdsSession, HeldVersions } from './session.ts'

/** Incremental: requests carry changes of what is wanted, responses carry changes of what there is. */
export class DeltaSession implements AdsSession {
  readonly #node: NodeOnce
  readonly #held: HeldVersions
  /** What the control plane was told of each type. */
  readonly #told = new Map<ResourceType, ReadonlySet<string>>()

  constructor(node: NodeJson, onFirstMessageOnly: boolean, held: HeldVersions) {
    this.#node = new NodeOnce(node, onFirstMessageOnly)
    this.#held = held
  }

  subscribe(
    type: ResourceType,
    wanted: Wanted,
    refresh: Iterable<string> = [],
  ): readonly DeltaDiscoveryRequestJson[] {
    const told = this.#told.get(type)
    if (told === undefined) return this.#first(type, wanted)
    if (wanted === '*') return []
    const now = new Set(wanted)
    const again = new Set(refresh)
    const subscribe = wanted.filter((name) => !told.has(name) || again.has(name))
    const unsubscribe = [...told].filter((name) => !now.has(name))
    if (subscribe.length === 0 && unsubscribe.length === 0) return []
    this.#told.set(type, now)
    // The nonce stays empty: a server that finds it stale may drop the whole request, and one that takes it for an ACK
    // does not expect it to change subscriptions.
    return [
      {
        ...this.#node.next(),
        typeUrl: typeUrls[type],
        ...(subscribe.length > 0 && { resourceNamesSubscribe: subscribe }),
        ...(unsubscribe.length > 0 && { resourceNamesUnsubscribe: unsubscribe }),
      },
    ]
  }

  answer(type: ResourceType, nonce: string, fault: string | undefined): DeltaDiscoveryRequestJson {
    return {
      ...this.#node.next(),
      typeUrl: typeUrls[type],
      responseNonce: nonce,
      ...(fault !== undefined && { errorDetail: invalidArgument(fault) }),
    }
  }

  #first(type: ResourceType, wanted: Wanted): readonly DeltaDiscoveryRequestJson[] {
    if (wanted.length === 0) return []
    this.#told.set(type, new Set(wanted === '*' ? [] : wanted))
    return [
      {
        ...this.#node.next(),
        typeUrl: typeUrls[type],
        // No name at all is the wildcard of CDS and LDS.
        ...(wanted !== '*' && { resourceNamesSubscribe: [...wanted] }),
        initialResourceVersions: Object.fromEntries(this.#held.resourceVersions(type)),
      },
    ]
  }
}
