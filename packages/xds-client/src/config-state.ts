import { XdsTypesError } from '@meshwright/xds-types'
import { judgeResponse } from './accept/judge-response.ts'
import { type ResourceCodec, resourceCodecs } from './accept/resource-codec.ts'
import type { Bootstrap } from './bootstrap/bootstrap.ts'
import { type CacheChange, ConfigCache, type WarmingTimes } from './cache/config-cache.ts'
import { ResourceStore } from './cache/resource-store.ts'
import type { Update } from './cache/update.ts'
import type { AdsResponse } from './protocol/response.ts'
import type { HeldVersions } from './protocol/session.ts'
import {
  type ResourceJson,
  type ResourceType,
  resourceTypeOf,
  resourceTypes,
  typeUrls,
  type Wanted,
} from './resource-type.ts'
import type { XdsResourceStatus, XdsTypeStatus } from './xds-client.ts'
import type { XdsView } from './xds-view.ts'

/** What a {@link ConfigState} goes by. */
export interface ConfigStateOptions {
  readonly bootstrap: Bootstrap
  readonly check: (typeUrl: string, resource: unknown) => string | undefined
  readonly maxResources: number
  readonly times: WarmingTimes
  /** Takes what is tolerated, but ought to be known. */
  readonly onWarning: (type: ResourceType, name: string, message: string) => void
}

/** A good resource, in a form that JSON can hold. */
export interface SavedResource {
  readonly name: string
  readonly version: string
  readonly json: unknown
}

/** What is kept for later: everything but secrets, which are worth more to others the longer they lie about. */
export const savedTypes = ['cds', 'eds', 'lds', 'rds'] as const

type SavedType = (typeof savedTypes)[number]

/** The good resources of each type. */
export type SavedConfig = Readonly<Record<SavedType, readonly SavedResource[]>>

/** The instants of an event. */
export interface Instant {
  /** Monotonic, in milliseconds. */
  readonly now: number
  /** Milliseconds since the epoch. */
  readonly at: number
}

type Stores = { readonly [T in ResourceType]: ResourceStore<ResourceJson[T]> }

/**
 * All that the client knows: the resources accepted, their versions, and which of them are in use. It has no clock and
 * does no I/O; streams come and go around it.
 */
export class ConfigState {
  readonly #options: ConfigStateOptions
  readonly #stores: Stores = {
    cds: new ResourceStore(),
    eds: new ResourceStore(),
    lds: new ResourceStore(),
    rds: new ResourceStore(),
    sds: new ResourceStore(),
  }
  readonly #cache: ConfigCache

  constructor(options: ConfigStateOptions, now: number) {
    this.#options = options
    const { bootstrap, times } = options
    this.#cache = new ConfigCache(bootstrap.staticResources, times, now)
    if (bootstrap.cds === undefined) this.#cache.opened('cds')
    if (bootstrap.lds === undefined) this.#cache.opened('lds')
    this.settle(now)
  }

  /** The versions to state in requests. */
  readonly held: HeldVersions = {
    responseVersion: (type) => this.#stores[type].version,
    resourceVersions: (type) =>
      new Map([...this.#stores[type].values()].map(({ name, version }) => [name, version])),
  }

  get view(): XdsView {
    return this.#cache.view
  }

  /** Whether the first configuration is in use as a whole. */
  get complete(): boolean {
    return this.#cache.complete
  }

  get warming(): { readonly clusters: number; readonly listeners: number } {
    return this.#cache.warming
  }

  /** When, after `now`, `settle` has something to do even if nothing comes; infinite: never. */
  nextDeadline(now: number): number {
    return this.#cache.nextDeadline(now)
  }

  /** What is wanted of a type now. */
  wanted(type: ResourceType): Wanted {
    if (type === 'eds') return this.#cache.endpointNames
    if (type === 'rds') return this.#cache.routeNames
    if (type === 'sds') return this.#cache.secretNames
    return this.#options.bootstrap[type] === undefined ? [] : '*'
  }

  /** Names of a type to ask for once more. Asking empties the list. */
  takeRefresh(type: ResourceType): Iterable<string> {
    return type === 'eds' ? this.#cache.takeRefresh() : []
  }

  /**
   * Prepares for a new stream: a server that is told the version which it has may not answer at all, so the version is
   * kept back where something is missing.
   */
  streamOpened(): void {
    for (const type of resourceTypes) {
      const wanted = this.wanted(type)
      const store = this.#stores[type]
      const missing = wanted === '*' ? store.size === 0 : wanted.some((name) => !store.get(name))
      if (missing) store.forgetVersion()
    }
  }

  /** Takes in a response. Undefined if its type is none of ours, else what came of it. */
  receive(response: AdsResponse, fullState: boolean, instant: Instant): Outcome | undefined {
    const type = resourceTypeOf(response.typeUrl)
    if (type === undefined) return undefined
    const fault = this.#receive(type, response, fullState, instant)
    return { type, fault }
  }

  /** Whether a type has had its first answer, or is not waited for any more. */
  isOpen(type: 'cds' | 'lds'): boolean {
    return this.#cache.isOpen(type)
  }

  /** Goes on without the first answer of a type. */
  giveUpOn(type: 'cds' | 'lds', now: number): void {
    this.#cache.opened(type)
    this.settle(now)
  }

  /** Puts to use what is ready at `now`. */
  settle(now: number): void {
    this.#cache.settle(now)
    for (const type of ['eds', 'rds', 'sds'] as const) {
      const wanted = new Set(this.wanted(type))
      const store = this.#stores[type]
      for (const name of [...store.names()]) if (!wanted.has(name)) store.delete(name)
    }
  }

  typeStatus(): readonly XdsTypeStatus[] {
    return resourceTypes.map((type) => {
      const { version, fault } = this.#stores[type]
      return { typeUrl: typeUrls[type], version, error: fault }
    })
  }

  resourceStatus(): readonly XdsResourceStatus[] {
    return resourceTypes.flatMap((type) => this.#statusOf(type))
  }

  /** The good resources, for a start without the control plane. */
  save(): SavedConfig {
    const entries = savedTypes.map((type) => [
      type,
      [...this.#stores[type].values()].map(({ name, version, json }) => ({ name, version, json })),
    ])
    return Object.fromEntries(entries) as SavedConfig
  }

  /**
   * Takes in what `save` gave. Each resource is judged as if it had just come; what is refused is left out.
   *
   * @returns The reasons of what was left out.
   */
  restore(saved: SavedConfig, instant: Instant): readonly string[] {
    // What is referred to by name is wanted only once its referrer is in.
    const faults = savedTypes.flatMap((type) => {
      const fault = this.#restore(type, saved[type], instant)
      return fault === undefined ? [] : [`${type}: ${fault}`]
    })
    for (const type of ['eds', 'rds'] as const) this.#goWithout(type, instant.now)
    return faults
  }

  /** What had not come when it was saved will not come now: nothing waits for it. */
  #goWithout(type: 'eds' | 'rds', now: number): void {
    const store = this.#stores[type]
    const answered = [...this.wanted(type)].filter((name) => store.get(name) === undefined)
    this.#cache.apply(type, { set: [], removed: [], answered }, now)
    this.settle(now)
  }

  #restore<T extends ResourceType>(
    type: T,
    saved: readonly SavedResource[],
    instant: Instant,
  ): string | undefined {
    const codec: ResourceCodec<ResourceJson[T]> = resourceCodecs[type]
    const unreadable: string[] = []
    const resources = saved.flatMap(({ name, version, json }) => {
      try {
        // What the JSON is taken for is checked by writing and by reading what was written.
        const bytes = codec.write(json as ResourceJson[T])
        return [{ name, version, typeUrl: typeUrls[type], bytes }]
      } catch (error) {
        if (!(error instanceof XdsTypesError)) throw error
        unreadable.push(`${JSON.stringify(name)}: ${error.message}`)
        return []
      }
    })
    const response = { typeUrl: typeUrls[type], version: '', nonce: '', controlPlane: '' }
    const fault = this.#receive(type, { ...response, resources, removed: [] }, false, instant)
    const faults = [...unreadable, ...(fault === undefined ? [] : [fault])]
    return faults.length === 0 ? undefined : faults.join('; ')
  }

  #receive<T extends ResourceType>(
    type: T,
    response: AdsResponse,
    fullState: boolean,
    { now, at }: Instant,
  ): string | undefined {
    const { check, maxResources, onWarning } = this.#options
    const store: ResourceStore<ResourceJson[T]> = this.#stores[type]
    const judged = judgeResponse<ResourceJson[T]>(response, {
      codec: resourceCodecs[type],
      held: store,
      check: (json) => check(typeUrls[type], json),
      fullState: fullState && (type === 'cds' || type === 'lds'),
      maxResources,
      at,
      onUnknownField: (name, field) => onWarning(type, name, `unknown field dropped: ${field}`),
    })
    const update = this.#ofUse(type, judged)
    store.apply(update, at)
    this.#cache.apply(type, changeOf(type, update), now)
    if (type === 'cds' || type === 'lds') this.#cache.opened(type)
    this.settle(now)
    return update.fault
  }

  // What nobody asked for is not kept: it would never be removed.
  #ofUse<Json>(type: ResourceType, update: Update<Json>): Update<Json> {
    const wanted = this.wanted(type)
    if (wanted !== '*') {
      const names = new Set(wanted)
      return {
        ...update,
        accepted: update.accepted.filter(({ name }) => names.has(name)),
        refused: update.refused.filter(({ name }) => name === undefined || names.has(name)),
      }
    }
    const accepted = update.accepted.filter(({ name }) => {
      if (!this.#cache.isStatic(type, name)) return true
      this.#options.onWarning(type, name, `ignored: the bootstrap has ${name}`)
      return false
    })
    return { ...update, accepted }
  }

  #statusOf(type: ResourceType): readonly XdsResourceStatus[] {
    const store = this.#stores[type]
    const wanted = this.wanted(type)
    const names = new Set([
      ...store.names(),
      ...store.refusals.keys(),
      ...(wanted === '*' ? [] : wanted),
    ])
    return [...names].sort().map((name) => {
      const stored = store.get(name)
      const active = this.#cache.isActive(type, name) ? 'active' : 'warming'
      return {
        typeUrl: typeUrls[type],
        name,
        version: stored?.version ?? '',
        state: stored === undefined ? 'requested' : active,
        // Private keys go no further than to whoever uses them.
        resource: type === 'sds' ? undefined : stored?.json,
        lastUpdated: stored?.lastUpdated ?? 0,
        error: store.refusals.get(name),
      }
    })
  }
}

/** What came of a response. */
export interface Outcome {
  readonly type: ResourceType
  /** The reason of the NACK; undefined: ACK. */
  readonly fault: string | undefined
}

function changeOf<Json>(type: ResourceType, update: Update<Json>): CacheChange {
  const refused = update.refused.flatMap(({ name }) => (name === undefined ? [] : [name]))
  // Only CDS and LDS remove: an endpoint or route that the server drops stays as it was, but nobody waits for it.
  const removes = type === 'cds' || type === 'lds'
  return {
    set: update.accepted,
    removed: removes ? update.removed : [],
    answered: removes ? refused : [...refused, ...update.removed],
  }
}
