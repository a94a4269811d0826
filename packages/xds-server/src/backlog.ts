import { diffResources, noResources, type TypeResources } from './type-resources.ts'
import type { WireResource } from './wire-resource.ts'

/**
 * What one client has yet to hear about one type.
 *
 * Changes add up here while a response is in flight; whoever is slow gets the latest state in one
 * response, however many changes there were.
 */
export class Backlog {
  #resources: TypeResources | undefined
  readonly #owed = new Set<string>()
  /** Names to take back, with the resource as it was last known, if it was. */
  readonly #gone = new Map<string, WireResource | undefined>()

  constructor(resources: TypeResources | undefined) {
    this.#resources = resources
  }

  /** The resources as they are now; nothing while the type is not served. */
  get resources(): TypeResources | undefined {
    return this.#resources
  }

  get owed(): ReadonlySet<string> {
    return this.#owed
  }

  get gone(): ReadonlyMap<string, WireResource | undefined> {
    return this.#gone
  }

  /** The resources are these from now on; what changed among the wanted ones is owed. */
  update(next: TypeResources, wants: (name: string) => boolean): void {
    const before = this.#resources ?? noResources(next.typeUrl)
    this.#resources = next
    const { changed, removed } = diffResources(before, next)
    for (const name of changed) if (wants(name)) this.owe(name)
    for (const name of removed) if (wants(name)) this.retract(name, before.byName.get(name))
  }

  /** Has `name` answered: with the resource, or with its absence. */
  owe(name: string): void {
    this.#owed.add(name)
    this.#gone.delete(name)
  }

  /** The client has `name` as it is. */
  spare(name: string): void {
    this.#owed.delete(name)
  }

  /** Has `name` taken back. */
  retract(name: string, last: WireResource | undefined): void {
    this.#owed.delete(name)
    this.#gone.set(name, last)
  }

  /** Drops what is no longer wanted. */
  forgetUnless(wants: (name: string) => boolean): void {
    for (const name of this.#owed) if (!wants(name)) this.#owed.delete(name)
    for (const name of this.#gone.keys()) if (!wants(name)) this.#gone.delete(name)
  }

  /** Everything owed has been said. */
  clearOwed(): void {
    this.#owed.clear()
  }

  /** Everything gone has been said. */
  clearGone(): void {
    this.#gone.clear()
  }
}
