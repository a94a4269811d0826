import type { Settlement } from './delivery.ts'
import { DeltaSubscription } from './delta-subscription.ts'
import { XdsServerError } from './errors.ts'
import { dependentType, isNeededByClusters, rankOf, typeUrls } from './resource-type.ts'
import { SotwSubscription } from './sotw-subscription.ts'
import type { DiscoveryMessage, PushPass, ResponseContent, Subscription } from './subscription.ts'
import { noResources, type TypeResources } from './type-resources.ts'
import type { WireResource } from './wire-resource.ts'

/** The two protocols: state of the world, and delta. */
export type Variant = 'sotw' | 'delta'

/** All that one client should have, by type URL. */
export type WireSet = ReadonlyMap<string, TypeResources>

/** How much one stream may ask for. */
export interface SessionLimits {
  readonly maxNamesPerType: number
  readonly maxTypes: number
}

/** A response that is due. */
export interface DueResponse {
  readonly typeUrl: string
  readonly nonce: string
  readonly content: ResponseContent
}

/**
 * One stream: its subscriptions, and the order in which they are served.
 *
 * What a client asks for is answered as soon as nothing of that type is in flight. What it did not
 * ask for goes out make before break: clusters with their endpoints and secrets, then listeners,
 * then routes, each once the client has answered what is before it, or has not for a while, as a
 * client does whose cluster cannot get ready. Clusters and endpoints that are gone are taken back
 * last, and stay as long as the client refuses the listeners or routes that would stop using them.
 */
export class Session {
  readonly #variant: Variant
  readonly #limits: SessionLimits
  readonly #noncePrefix: string
  #resources: WireSet
  #nonces = 0
  readonly #sentAtMs = new Map<string, number>()
  /** In push order. */
  #subscriptions: readonly Subscription[] = []

  constructor(
    variant: Variant,
    resources: WireSet,
    options: SessionLimits & { readonly noncePrefix: string },
  ) {
    this.#variant = variant
    this.#resources = resources
    this.#limits = options
    this.#noncePrefix = options.noncePrefix
  }

  /** In push order. */
  get subscriptions(): readonly Subscription[] {
    return this.#subscriptions
  }

  /** What the client should have. */
  get resources(): WireSet {
    return this.#resources
  }

  /** Whether the client has answered everything, and there is nothing that it waits for. */
  get settled(): boolean {
    return (
      this.#subscriptions.every((it) => !it.delivery.inFlight && !it.due('updates')) &&
      !this.#removalsDue()
    )
  }

  /** Takes a request in. Throws {@link XdsServerError} at a limit. */
  receive(message: DiscoveryMessage, atWallMs: number): Settlement {
    return this.#subscriptionFor(message.typeUrl).receive(message, atWallMs)
  }

  /** The client should have these resources from now on. */
  update(resources: WireSet): void {
    if (resources === this.#resources) return
    const before = this.#resources
    this.#resources = resources
    for (const subscription of this.#subscriptions) {
      const { typeUrl } = subscription
      const next = resources.get(typeUrl)
      if (next !== undefined) subscription.update(next)
      else if (before.has(typeUrl)) subscription.update(noResources(typeUrl))
    }
  }

  /**
   * Takes the next response; call it until there is none. It counts as sent.
   *
   * @param nowMs monotonic
   * @param atWallMs what the response is marked with
   */
  next(nowMs: number, atWallMs: number = nowMs): DueResponse | undefined {
    for (const subscription of this.#subscriptions) {
      if (!subscription.asked && this.#waitsUntilMs(subscription) > nowMs) continue
      const response = this.#take(subscription, 'updates', { nowMs, atWallMs })
      if (response !== undefined) return response
    }
    if (!this.#mayRemove()) return undefined
    for (const subscription of this.#subscriptions) {
      if (this.#before(subscription).some((it) => it.delivery.inFlight)) continue
      const response = this.#take(subscription, 'removals', { nowMs, atWallMs })
      if (response !== undefined) return response
    }
    return undefined
  }

  /** When {@link Session.next} may have something although nothing happens; monotonic. */
  get dueAtMs(): number | undefined {
    const waits = this.#subscriptions
      .filter((it) => it.due('updates'))
      .map((it) => this.#waitsUntilMs(it))
      .filter((atMs) => atMs > 0)
    return waits.length === 0 ? undefined : Math.min(...waits)
  }

  #take(subscription: Subscription, pass: PushPass, at: Instant): DueResponse | undefined {
    const content = subscription.take(pass)
    if (content === undefined) return undefined
    this.#nonces += 1
    const nonce = `${this.#noncePrefix}${this.#nonces}`
    const mark = { nonce, version: content.version, atWallMs: at.atWallMs }
    subscription.delivery.begin(mark, content.resources)
    this.#sentAtMs.set(subscription.typeUrl, at.nowMs)
    this.#refreshDependents(subscription.typeUrl, content.changed)
    return { typeUrl: subscription.typeUrl, nonce, content }
  }

  /**
   * A cluster that a client takes in warms until its endpoints come, even if it had them; Envoy
   * does not always ask again (https://github.com/envoyproxy/envoy/issues/13009).
   */
  #refreshDependents(typeUrl: string, changed: readonly WireResource[]): void {
    const wanted = dependentType(typeUrl)
    const dependent = this.#subscriptions.find((it) => it.typeUrl === wanted)
    if (dependent === undefined) return
    for (const resource of changed) dependent.refresh(resource.dependents)
  }

  /** Until when a push of this type waits for answers to others; 0 if it does not. */
  #waitsUntilMs(subscription: Subscription): number {
    // Envoy answers clusters only when they are ready, for which it needs endpoints and secrets.
    if (isNeededByClusters(subscription.typeUrl)) return 0
    const blocking = this.#before(subscription).filter((it) => it.delivery.inFlight)
    const sentAt = blocking.map((it) => this.#sentAtMs.get(it.typeUrl) ?? 0)
    return sentAt.length === 0 ? 0 : Math.max(...sentAt) + patienceMs
  }

  #before({ typeUrl }: Subscription): readonly Subscription[] {
    const rank = rankOf(typeUrl)
    return this.#subscriptions.filter((it) => rankOf(it.typeUrl) < rank)
  }

  #removalsDue(): boolean {
    return this.#mayRemove() && this.#subscriptions.some((it) => it.due('removals'))
  }

  #mayRemove(): boolean {
    return this.#subscriptions.every((it) => !mayRefer(it.typeUrl) || this.#isAtPeace(it))
  }

  /** Whether the client has accepted all there is; what it refused counts as long as it is wanted. */
  #isAtPeace(it: Subscription): boolean {
    if (it.delivery.inFlight || it.due('updates')) return false
    const current = this.#resources.get(it.typeUrl)?.byName
    return !it.delivery.refused.some(
      ({ name, version }) => it.interest.wants(name) && current?.get(name)?.version === version,
    )
  }

  #subscriptionFor(typeUrl: string): Subscription {
    const known = this.#subscriptions.find((it) => it.typeUrl === typeUrl)
    if (known !== undefined) return known
    if (this.#subscriptions.length >= this.#limits.maxTypes) {
      throw new XdsServerError(
        `expected at most ${this.#limits.maxTypes} types on one stream, got ${JSON.stringify(typeUrl)} too`,
        { code: 'ERR_XDS_SERVER_TOO_MANY_TYPES' },
      )
    }
    const Kind = this.#variant === 'sotw' ? SotwSubscription : DeltaSubscription
    const added = new Kind(typeUrl, this.#resources.get(typeUrl), this.#limits.maxNamesPerType)
    this.#subscriptions = [...this.#subscriptions, added].sort(
      (a, b) => rankOf(a.typeUrl) - rankOf(b.typeUrl),
    )
    return added
  }
}

// Well below the 15 s after which clients give up on resources that do not come.
const patienceMs = 5_000

interface Instant {
  readonly nowMs: number
  readonly atWallMs: number
}

/** Whether resources of this type name clusters. */
function mayRefer(typeUrl: string): boolean {
  return typeUrl === typeUrls.listener || typeUrl === typeUrls.route
}
