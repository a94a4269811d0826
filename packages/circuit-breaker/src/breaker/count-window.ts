import { type CallWindow, failedFlag, slowFlag, type WindowState } from './call-window.ts'

/** The last so many calls: a ring of one byte each, and running sums. */
export class CountWindow implements CallWindow {
  total = 0
  failures = 0
  slow = 0
  readonly #calls: Uint8Array
  #next = 0

  constructor(calls: number) {
    this.#calls = new Uint8Array(calls)
  }

  add(flags: number): void {
    const calls = this.#calls
    const at = this.#next
    if (this.total === calls.length) this.#count(calls[at] ?? 0, -1)
    else this.total++
    calls[at] = flags
    this.#count(flags, 1)
    this.#next = at + 1 === calls.length ? 0 : at + 1
  }

  addUneventful(): boolean {
    if (this.failures !== 0 || this.slow !== 0) return false
    this.add(0)
    return true
  }

  advance(): void {}

  clear(): void {
    this.total = 0
    this.failures = 0
    this.slow = 0
    this.#next = 0
  }

  save(): WindowState {
    const { length } = this.#calls
    const first = this.#next - this.total + length
    const calls = Array.from(
      { length: this.total },
      (_, i) => this.#calls[(first + i) % length] ?? 0,
    )
    return { kind: 'count', calls }
  }

  restore(state: WindowState): boolean {
    if (state.kind !== 'count' || state.calls.length > this.#calls.length) return false
    if (!state.calls.every(isFlags)) return false
    this.clear()
    for (const flags of state.calls) this.add(flags)
    return true
  }

  #count(flags: number, sign: 1 | -1): void {
    if ((flags & failedFlag) !== 0) this.failures += sign
    if ((flags & slowFlag) !== 0) this.slow += sign
  }
}

function isFlags(value: unknown): boolean {
  return value === 0 || value === 1 || value === 2 || value === (failedFlag | slowFlag)
}
