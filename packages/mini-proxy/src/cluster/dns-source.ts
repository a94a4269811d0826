import { isIP } from 'node:net'
import type { Random, Timers } from '../ambient.ts'
import type { DnsFamily, DnsResolver } from './dns-resolver.ts'

export interface DnsSourceOptions {
  readonly hostnames: readonly string[]
  readonly family: DnsFamily
  readonly refreshMs: number
  readonly failureRefreshMs: number
  /** Up to so much is added to either. */
  readonly jitterMs: number
  readonly random: Random
  readonly resolver: DnsResolver
  readonly timers: Timers
  /** Addresses to begin with, from a source before this one. */
  readonly known?: ReadonlyMap<string, readonly string[]>
  /** What is known of all names: a name is missing until it was resolved once. */
  readonly onAddresses: (addresses: ReadonlyMap<string, readonly string[]>) => void
  readonly onFailure: (hostname: string, error: unknown) => void
}

/**
 * Keeps names resolved, asking again at intervals. A name that cannot be resolved keeps the addresses it had.
 */
export class DnsSource {
  /** Settles once every name was asked for, with whatever success. */
  readonly started: Promise<void>
  readonly #options: DnsSourceOptions
  readonly #known = new Map<string, readonly string[]>()
  #timer: unknown
  #stopped = false

  constructor(options: DnsSourceOptions) {
    this.#options = options
    for (const name of options.hostnames) {
      const addresses = options.known?.get(name)
      if (addresses !== undefined) this.#known.set(name, addresses)
    }
    if (this.#known.size > 0) options.onAddresses(new Map(this.#known))
    this.started = this.#round()
  }

  /** The last addresses of each name. */
  get known(): ReadonlyMap<string, readonly string[]> {
    return this.#known
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer !== undefined) this.#options.timers.clearTimeout(this.#timer)
  }

  async #round(): Promise<void> {
    const names = [...new Set(this.#options.hostnames)]
    const succeeded = await Promise.all(names.map((it) => this.#resolve(it)))
    if (this.#stopped) return
    this.#options.onAddresses(new Map(this.#known))
    if (names.every((it) => isIP(it) !== 0)) return
    const { refreshMs, failureRefreshMs, jitterMs, random, timers } = this.#options
    const delay = succeeded.every(Boolean) ? refreshMs : failureRefreshMs
    this.#timer = timers.setTimeout(() => void this.#round(), delay + random() * jitterMs)
  }

  async #resolve(hostname: string): Promise<boolean> {
    if (isIP(hostname) !== 0) {
      this.#known.set(hostname, [hostname])
      return true
    }
    try {
      const addresses = await this.#options.resolver(hostname, this.#options.family)
      // Sorted, so that a resolver that rotates its answers does not look like a change.
      this.#known.set(hostname, [...addresses].sort())
      return true
    } catch (error) {
      this.#options.onFailure(hostname, error)
      return false
    }
  }
}
