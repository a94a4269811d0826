/** What says that a call is not wanted any more; an `AbortSignal` is one. */
export interface CancelSignal {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** Makes a {@link CancelSignal} say so; an `AbortController` is one. */
export interface CancelSource {
  readonly signal: CancelSignal
  abort(reason?: unknown): void
}

/** A source for where the platform's own is not to be had. */
export function createCancelSource(): CancelSource {
  const signal = new OwnSignal()
  return { signal, abort: (reason) => signal.fire(reason) }
}

/** A signal that never comes. */
export const never: CancelSignal = {
  aborted: false,
  addEventListener() {},
  removeEventListener() {},
}

class OwnSignal implements CancelSignal {
  aborted = false
  reason: unknown = undefined
  readonly #listeners = new Set<() => void>()

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener)
  }

  fire(reason: unknown): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    for (const listener of this.#listeners) listener()
    this.#listeners.clear()
  }
}
