import type { WarmSet } from './warm-set.ts'

/** The names that the resources of a set refer to, those in use and those that warm; computed once per change. */
export class ReferredNames<Json> {
  readonly #namesOf: (json: Json) => readonly (string | undefined)[]
  #revision = -1
  #names: readonly string[] = []

  constructor(namesOf: (json: Json) => readonly (string | undefined)[]) {
    this.#namesOf = namesOf
  }

  /** Sorted; the same list until the set changes. */
  of(set: WarmSet<Json>): readonly string[] {
    if (this.#revision === set.revision) return this.#names
    const names = new Set<string>()
    for (const { latest, active } of set.slots()) {
      this.#add(names, latest)
      if (active !== undefined && active !== latest) this.#add(names, active)
    }
    this.#revision = set.revision
    this.#names = [...names].sort()
    return this.#names
  }

  #add(names: Set<string>, json: Json): void {
    for (const name of this.#namesOf(json)) if (name !== undefined) names.add(name)
  }
}
