/**
 * What a test opens and must close again, last first. `AsyncDisposableStack` as far as the tests need it: Node has that from
 * version 24 on.
 */
export class Disposals implements AsyncDisposable {
  readonly #closers: (() => unknown)[] = []

  /** Closes it at the end; gives it back. */
  use<T extends AsyncDisposable | Disposable>(it: T): T {
    this.#closers.push(() =>
      Symbol.asyncDispose in it ? it[Symbol.asyncDispose]() : it[Symbol.dispose](),
    )
    return it
  }

  /** Does this at the end. */
  defer(close: () => unknown): void {
    this.#closers.push(close)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close()
  }
}
