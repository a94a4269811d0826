import { Backlog } from './backlog.ts'
import { Delivery, type Settlement } from './delivery.ts'
import { Interest, type InterestChange } from './interest.ts'
import { isFullState, removesLast, typeUrls } from './resource-type.ts'
import type { DiscoveryMessage, PushPass, ResponseContent, Subscription } from './subscription.ts'
import type { TypeResources } from './type-resources.ts'
import type { WireResource } from './wire-resource.ts'

/**
 * One type on a delta stream: only differences go out, and what is gone is named.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#incremental-xds
 */
export class DeltaSubscription implements Subscription {
  readonly typeUrl: string
  readonly delivery: Delivery = new Delivery()
  readonly interest: Interest
  readonly #backlog: Backlog
  readonly #removesLast: boolean
  #asked = false
  #begun = false
  /** Names that the last response took back. */
  #takenBack: readonly string[] = []
  /** What a refused response brought or took back: repeated with the next change. */
  readonly #unconfirmed = new Set<string>()

  constructor(typeUrl: string, resources: TypeResources | undefined, maxNames: number) {
    this.typeUrl = typeUrl
    this.#removesLast = removesLast(typeUrl)
    this.interest = new Interest(isFullState(typeUrl), maxNames)
    this.#backlog = new Backlog(resources)
  }

  get asked(): boolean {
    return this.#asked
  }

  due(pass: PushPass): boolean {
    if (this.delivery.inFlight || this.#backlog.resources === undefined) return false
    const removals = this.#backlog.gone.size > 0
    if (pass === 'removals') return this.#removesLast && removals
    return this.#asked || this.#backlog.owed.size > 0 || (removals && !this.#removesLast)
  }

  receive(message: DiscoveryMessage, atWallMs: number): Settlement {
    const settlement = this.delivery.settle(message.nonce, message.error, atWallMs)
    this.#noteConfirmed(settlement)
    // Unlike in the other protocol, names count even if the nonce is out of date.
    if (this.#begun) this.#ask(this.interest.change(message.subscribe, message.unsubscribe))
    else this.#begin(message)
    this.#begun = true
    this.#backlog.forgetUnless((name) => this.interest.wants(name))
    return settlement
  }

  update(resources: TypeResources): void {
    if (resources === this.#backlog.resources) return
    this.#backlog.update(resources, (name) => this.interest.wants(name))
    for (const name of this.#unconfirmed) {
      if (!this.interest.wants(name)) continue
      if (resources.byName.has(name)) this.#backlog.owe(name)
      else if (!this.#backlog.gone.has(name)) this.#backlog.retract(name, undefined)
    }
    this.#unconfirmed.clear()
  }

  refresh(names: Iterable<string>): void {
    for (const name of names) {
      const exists = this.#backlog.resources?.byName.has(name) === true
      if (exists && this.interest.wants(name)) this.#backlog.owe(name)
    }
  }

  take(pass: PushPass): ResponseContent | undefined {
    const { resources, owed, gone } = this.#backlog
    if (!this.due(pass) || resources === undefined) return undefined
    const changed: WireResource[] = []
    const removed: string[] = []
    for (const name of owed) {
      const resource = resources.byName.get(name)
      if (resource === undefined) removed.push(name)
      else changed.push(resource)
    }
    if (pass === 'removals' || !this.#removesLast) {
      removed.push(...gone.keys())
      this.#backlog.clearGone()
    }
    this.#backlog.clearOwed()
    this.#asked = false
    this.#takenBack = removed
    return { version: resources.version, resources: changed, changed, removed }
  }

  #noteConfirmed(settlement: Settlement): void {
    if (settlement === 'nack') {
      for (const name of this.#takenBack) this.#unconfirmed.add(name)
      // Clients may drop the good with the bad.
      for (const { name } of this.delivery.refused) this.#unconfirmed.add(name)
    }
    if (settlement === 'ack') for (const name of this.#takenBack) this.#unconfirmed.delete(name)
  }

  #begin(message: DiscoveryMessage): void {
    const change = this.interest.begin(message.subscribe, message.unsubscribe)
    this.#ask(change)
    this.#skipKnown(message.initialVersions)
  }

  #ask({ asked, all }: InterestChange): void {
    if (all)
      for (const name of this.#backlog.resources?.byName.keys() ?? []) this.#backlog.owe(name)
    for (const name of asked) this.#backlog.owe(name)
    if (all || asked.length > 0) this.#asked = true
  }

  /**
   * A reconnecting client says what it has. Endpoints are sent nevertheless: a cluster that was
   * warming when the stream broke still waits for them, and equal versions would leave it waiting.
   */
  #skipKnown(known: ReadonlyMap<string, string>): void {
    const resources = this.#backlog.resources?.byName
    for (const [name, version] of known) {
      const resource = resources?.get(name)
      const stillNamed = this.interest.names.has(name)
      if (resource === undefined && !stillNamed) this.#backlog.retract(name, undefined)
      else if (resource?.version === version && this.typeUrl !== typeUrls.endpoint)
        this.#backlog.spare(name)
    }
  }
}
