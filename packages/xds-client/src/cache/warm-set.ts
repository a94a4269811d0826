/** A resource on its way: the newest good one, and the one in use until that is ready. */
export interface Slot<Json> {
  readonly name: string
  readonly latest: Json
  /** Undefined until the first one was ready. */
  readonly active: Json | undefined
  /** When `latest` is used whether ready or not, on the caller's clock in milliseconds; infinite: never. */
  readonly deadline: number
}

/** Resources of one type by name, each with what is in use and what still warms. */
export class WarmSet<Json> {
  readonly #slots = new Map<string, Slot<Json>>()
  readonly #warming = new Set<string>()
  #active: ReadonlyMap<string, Json> = new Map()
  #stale = false
  #revision = 0

  /** Grows whenever anything in the set changes. */
  get revision(): number {
    return this.#revision
  }

  /** The resources in use. The same map until one of them changes. */
  get active(): ReadonlyMap<string, Json> {
    if (this.#stale) {
      this.#stale = false
      this.#active = new Map(
        [...this.#slots].flatMap(([name, { active }]) =>
          active === undefined ? [] : [[name, active] as const],
        ),
      )
    }
    return this.#active
  }

  /** How many warm. */
  get warming(): number {
    return this.#warming.size
  }

  slots(): Iterable<Slot<Json>> {
    return this.#slots.values()
  }

  get(name: string): Slot<Json> | undefined {
    return this.#slots.get(name)
  }

  /** Whether the resource is known, and has never been ready. */
  isNew(name: string): boolean {
    const slot = this.#slots.get(name)
    return slot !== undefined && slot.active === undefined
  }

  /** Whether any resource has never been ready. */
  get someNew(): boolean {
    return [...this.#warming].some((name) => this.isNew(name))
  }

  /** Starts to warm a resource. One that is in use already, unchanged, just stays. */
  set(name: string, latest: Json, deadline: number): void {
    this.#revision += 1
    const active = this.#slots.get(name)?.active
    this.#slots.set(name, { name, latest, active, deadline })
    if (latest === active) this.#warming.delete(name)
    else this.#warming.add(name)
  }

  delete(name: string): void {
    const slot = this.#slots.get(name)
    this.#revision += 1
    this.#slots.delete(name)
    this.#warming.delete(name)
    if (slot?.active !== undefined) this.#stale = true
  }

  /** Puts to use what is ready. */
  settle(isReady: (slot: Slot<Json>) => boolean): void {
    for (const name of this.#warming) {
      const slot = this.#slots.get(name)
      if (slot === undefined || !isReady(slot)) continue
      this.#slots.set(name, { ...slot, active: slot.latest })
      this.#warming.delete(name)
      this.#revision += 1
      this.#stale = true
    }
  }

  /** When the next wait after `now` ends; infinite if none does. */
  nextDeadline(now: number): number {
    let next = Infinity
    for (const name of this.#warming) {
      const deadline = this.#slots.get(name)?.deadline ?? Infinity
      if (deadline > now) next = Math.min(next, deadline)
    }
    return next
  }
}
