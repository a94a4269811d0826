/**
 * Values by key, kept as long as somebody else holds them.
 *
 * Two clients whose resources are equal get the very same objects, however they were computed.
 */
export class SharedValues<Value extends object> {
  readonly #values = new Map<string, WeakRef<Value>>()
  readonly #dropped: FinalizationRegistry<string> = new FinalizationRegistry((key: string) => {
    if (this.#values.get(key)?.deref() === undefined) this.#values.delete(key)
  })

  /** The value that is known by `key`, or else the one that `make` gives. */
  of(key: string, make: () => Value): Value {
    const known = this.#values.get(key)?.deref()
    if (known !== undefined) return known
    const value = make()
    this.#values.set(key, new WeakRef(value))
    this.#dropped.register(value, key)
    return value
  }
}
