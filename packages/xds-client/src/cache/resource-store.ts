import type { Stored, Update } from './update.ts'

/** Why the newest version of a resource is not in use. */
export interface Refusal {
  readonly details: string
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

// Names of refused resources come from the peer: more than this are not remembered one by one.
const maxRefusals = 1000

/** The last good resources of one type, their versions, and what was refused since. */
export class ResourceStore<Json> {
  readonly #byName = new Map<string, Stored<Json>>()
  readonly #byFingerprint = new Map<string, Stored<Json>>()
  readonly #refusals = new Map<string, Refusal>()
  #version = ''
  #fault: string | undefined

  /** The version of the last response accepted as a whole; empty: none. */
  get version(): string {
    return this.#version
  }

  /** Why the last response was refused in part or in whole. */
  get fault(): string | undefined {
    return this.#fault
  }

  get size(): number {
    return this.#byName.size
  }

  get(name: string): Stored<Json> | undefined {
    return this.#byName.get(name)
  }

  names(): Iterable<string> {
    return this.#byName.keys()
  }

  values(): Iterable<Stored<Json>> {
    return this.#byName.values()
  }

  /** A resource of these very bytes. */
  withFingerprint(fingerprint: string): Stored<Json> | undefined {
    return this.#byFingerprint.get(fingerprint)
  }

  /** What was refused, by name. */
  get refusals(): ReadonlyMap<string, Refusal> {
    return this.#refusals
  }

  apply(update: Update<Json>, at: number): void {
    for (const name of update.removed) this.delete(name)
    for (const stored of update.accepted) this.#put(stored)
    for (const { name, reason, version } of update.refused) {
      if (name === undefined || this.#refusals.size >= maxRefusals) continue
      this.#refusals.set(name, { details: reason, version, at })
    }
    this.#fault = update.fault
    if (update.fault === undefined) this.#version = update.version
  }

  delete(name: string): void {
    const stored = this.#byName.get(name)
    this.#byName.delete(name)
    this.#refusals.delete(name)
    if (stored !== undefined) this.#byFingerprint.delete(stored.fingerprint)
  }

  /** Forgets the version of the last response, so that a new stream asks for everything. */
  forgetVersion(): void {
    this.#version = ''
  }

  #put(stored: Stored<Json>): void {
    const { name, fingerprint } = stored
    const before = this.#byName.get(name)
    if (before !== undefined) this.#byFingerprint.delete(before.fingerprint)
    this.#byName.set(name, stored)
    this.#byFingerprint.set(fingerprint, stored)
    this.#refusals.delete(name)
  }
}
