import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import type { Timers } from '../ambient.ts'
import type { Secrets } from '../tls/supplied-tls.ts'
import type { CompiledListener } from './compile-listener.ts'

/** A listener that was understood, with what it was made from. */
export interface ListenerPlan {
  readonly json: ListenerJson
  readonly compiled: CompiledListener
}

export interface WarmingOptions {
  readonly timers: Timers
  readonly secrets: Secrets
  /** Called when a listener has waited long enough. */
  readonly onTired: () => void
}

/**
 * Listeners that wait for secrets of their filter chains, as in Envoy: one that is new has no port yet, one that changes is served
 * by its earlier version. Each waits until all secrets are there, or for as long as its sources allow (`initial_fetch_timeout`).
 */
export class WarmingListeners {
  readonly #options: WarmingOptions
  readonly #waiting = new Map<string, Waiting>()

  constructor(options: WarmingOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#waiting.size
  }

  /** What the listener of this name that waits was made from. */
  jsonOf(name: string): ListenerJson | undefined {
    return this.#waiting.get(name)?.plan.json
  }

  /** In place of one with this name that waits already. */
  add(name: string, plan: ListenerPlan): void {
    this.delete(name)
    const { timers, onTired } = this.#options
    const entry: Waiting = { plan, tired: false, timer: undefined }
    this.#waiting.set(name, entry)
    const waitMs = Math.max(0, ...this.#awaitedBy(plan.compiled).map((it) => it.waitMs))
    if (waitMs === 0 || !Number.isFinite(waitMs)) return
    entry.timer = timers.setTimeout(() => {
      entry.tired = true
      onTired()
    }, waitMs)
  }

  delete(name: string): void {
    const { timer } = this.#waiting.get(name) ?? {}
    if (timer !== undefined) this.#options.timers.clearTimeout(timer)
    this.#waiting.delete(name)
  }

  /** Those that wait no longer, by name. */
  takeReady(): Map<string, ListenerPlan> {
    const ready = new Map<string, ListenerPlan>()
    for (const [name, { plan, tired }] of this.#waiting) {
      if (tired || this.#isSupplied(plan.compiled)) ready.set(name, plan)
    }
    for (const name of ready.keys()) this.delete(name)
    return ready
  }

  /** Forgets those that `wanted` does not have, or has in another version. */
  retain(wanted: ReadonlyMap<string, ListenerJson>): void {
    for (const [name, { plan }] of [...this.#waiting]) {
      if (wanted.get(name) !== plan.json) this.delete(name)
    }
  }

  /** Forgets all. */
  clear(): void {
    for (const name of [...this.#waiting.keys()]) this.delete(name)
  }

  #isSupplied(compiled: CompiledListener): boolean {
    return this.#awaitedBy(compiled).length === 0
  }

  /** The secrets of chains that lack one, or have one that is not what they ask for: another may come. */
  #awaitedBy(compiled: CompiledListener): readonly { readonly waitMs: number }[] {
    const { secrets } = this.#options
    return chainsOf(compiled).flatMap(({ tls }) => {
      if (tls === undefined || tls.supplied(secrets) !== undefined) return []
      const { awaited } = tls.common
      const missing = awaited.filter(({ wanted }) => secrets.get(wanted) === undefined)
      return missing.length > 0 ? missing : awaited
    })
  }
}

interface Waiting {
  readonly plan: ListenerPlan
  tired: boolean
  timer: unknown
}

function chainsOf({
  chains,
  defaultChain,
}: CompiledListener): readonly CompiledListener['chains'][number][] {
  return defaultChain === undefined ? chains : [...chains, defaultChain]
}
