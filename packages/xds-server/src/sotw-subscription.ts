import { Backlog } from './backlog.ts'
import { Delivery, type Settlement } from './delivery.ts'
import { Interest, type InterestChange } from './interest.ts'
import { isFullState, removesLast } from './resource-type.ts'
import type { DiscoveryMessage, PushPass, ResponseContent, Subscription } from './subscription.ts'
import type { TypeResources } from './type-resources.ts'
import type { WireResource } from './wire-resource.ts'

/**
 * One type on a state-of-the-world stream.
 *
 * Clusters and listeners are always sent whole, because there absence deletes; of the other types
 * only what changed is sent, because there it does not.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol
 */
export class SotwSubscription implements Subscription {
  readonly typeUrl: string
  readonly delivery: Delivery = new Delivery()
  readonly interest: Interest
  readonly #backlog: Backlog
  readonly #fullState: boolean
  #asked = false
  #begun = false
  /** Whether the client refused a whole listing: it gets the next one in any case. */
  #outOfStep = false
  /** What a refused response carried: clients may drop the good with the bad. */
  readonly #unconfirmed = new Set<string>()
  /** Names that requests left out which had not seen our last response: the client may have dropped what it had. */
  readonly #letGo = new Set<string>()

  constructor(typeUrl: string, resources: TypeResources | undefined, maxNames: number) {
    this.typeUrl = typeUrl
    this.#fullState = isFullState(typeUrl)
    this.interest = new Interest(this.#fullState, maxNames)
    this.#backlog = new Backlog(resources)
  }

  get asked(): boolean {
    return this.#asked
  }

  due(pass: PushPass): boolean {
    if (this.delivery.inFlight || this.#backlog.resources === undefined) return false
    if (pass === 'removals') return this.#fullState && this.#backlog.gone.size > 0
    return this.#asked || this.#backlog.owed.size > 0
  }

  receive(message: DiscoveryMessage, atWallMs: number): Settlement {
    const settlement = this.delivery.settle(message.nonce, message.error, atWallMs)
    if (settlement === 'nack') {
      this.#outOfStep = this.#fullState
      for (const { name } of this.delivery.refused) this.#unconfirmed.add(name)
    }
    if (settlement === 'ack') this.#outOfStep = false
    // The client has not seen our last response; it will repeat its names when it answers that.
    if (settlement === 'stale') {
      this.#noteLetGo(message.subscribe)
      return settlement
    }
    const change = this.interest.replace(message.subscribe)
    const { asked } = change
    this.#backlog.forgetUnless((name) => this.interest.wants(name))
    if (change.all || this.#isFreshStart(settlement, change)) this.#askAll()
    for (const name of asked) this.#backlog.owe(name)
    if (asked.length > 0) this.#asked = true
    this.refresh(this.#letGo)
    this.#letGo.clear()
    this.#begun = true
    return settlement
  }

  update(resources: TypeResources): void {
    if (resources === this.#backlog.resources) return
    this.#backlog.update(resources, (name) => this.interest.wants(name))
    if (this.#outOfStep) this.#asked = true
    this.refresh(this.#unconfirmed)
    this.#unconfirmed.clear()
    // Elsewhere absence deletes nothing, so there is nothing to say.
    if (!this.#fullState) this.#backlog.clearGone()
  }

  refresh(names: Iterable<string>): void {
    for (const name of names) {
      const exists = this.#backlog.resources?.byName.has(name) === true
      if (exists && this.interest.wants(name)) this.#backlog.owe(name)
    }
  }

  take(pass: PushPass): ResponseContent | undefined {
    const { resources } = this.#backlog
    if (!this.due(pass) || resources === undefined) return undefined
    const changed = present(resources, this.#backlog.owed)
    const held = pass === 'updates' && removesLast(this.typeUrl)
    const listed = this.#fullState
      ? [...this.#wanted(resources), ...(held ? this.#gone() : [])]
      : changed
    if (!held) this.#backlog.clearGone()
    this.#backlog.clearOwed()
    this.#asked = false
    // A response without resources would say nothing where absence does not delete.
    if (listed.length === 0 && !this.#fullState) return undefined
    return { version: resources.version, resources: listed, changed, removed: [] }
  }

  /**
   * Whether the request asks for everything although its names are not new: it is the first, it
   * carries no nonce, or it repeats an ACK, which is how a client whose cluster warms again asks
   * for the endpoints it had.
   */
  #isFreshStart(settlement: Settlement, { asked, dropped }: InterestChange): boolean {
    if (!this.#begun || settlement === 'none') return true
    const isSame = asked.length === 0 && !dropped
    return settlement === 'repeat' && isSame && this.delivery.rejection === undefined
  }

  #noteLetGo(stillWanted: readonly string[]): void {
    if (this.#fullState) return
    const wanted = new Set(stillWanted)
    for (const name of this.interest.names) if (!wanted.has(name)) this.#letGo.add(name)
  }

  #askAll(): void {
    const names = this.interest.wildcard
      ? this.#backlog.resources?.byName.keys()
      : this.interest.names
    for (const name of names ?? []) this.#backlog.owe(name)
    this.#asked = this.#fullState || this.#backlog.owed.size > 0
  }

  #wanted(resources: TypeResources): Iterable<WireResource> {
    if (this.interest.wildcard) return resources.byName.values()
    return present(resources, this.interest.names)
  }

  #gone(): WireResource[] {
    return [...this.#backlog.gone.values()].filter((resource) => resource !== undefined)
  }
}

function present(resources: TypeResources, names: Iterable<string>): WireResource[] {
  const found: WireResource[] = []
  for (const name of names) {
    const resource = resources.byName.get(name)
    if (resource !== undefined) found.push(resource)
  }
  return found
}
