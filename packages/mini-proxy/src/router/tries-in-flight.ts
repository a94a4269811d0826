import type { UpstreamTry } from './upstream-try.ts'

/** The tries of one request that are under way; more than one only while they race. */
export class TriesInFlight {
  #first: UpstreamTry | undefined
  /** Those that came later; nearly no request has any. */
  #others: UpstreamTry[] | undefined

  /** The oldest. */
  get first(): UpstreamTry | undefined {
    return this.#first
  }

  /** The one that takes the body as it comes: tries race only once the request is whole. */
  get sending(): UpstreamTry | undefined {
    const attempt = this.#first
    return attempt?.sent === true ? attempt : undefined
  }

  /** All of them as they are now, the oldest first. */
  list(): readonly UpstreamTry[] {
    if (this.#first === undefined) return []
    return this.#others === undefined ? [this.#first] : [this.#first, ...this.#others]
  }

  add(attempt: UpstreamTry): void {
    if (this.#first === undefined) this.#first = attempt
    else if (this.#others === undefined) this.#others = [attempt]
    else this.#others.push(attempt)
  }

  remove(attempt: UpstreamTry): void {
    if (this.#first === attempt) {
      this.#first = this.#others?.shift()
      return
    }
    const at = this.#others?.indexOf(attempt) ?? -1
    if (at !== -1) this.#others?.splice(at, 1)
  }

  /** Gives one up. */
  drop(attempt: UpstreamTry): void {
    this.remove(attempt)
    attempt.cancel()
  }

  /** Gives up all but one. */
  keepOnly(attempt: UpstreamTry): void {
    if (this.#others === undefined && this.#first === attempt) return
    const all = this.list()
    this.#first = attempt
    this.#others = undefined
    for (const other of all) if (other !== attempt) other.cancel()
  }

  /** Gives up all, the latest first. */
  cancelAll(): void {
    for (let last = this.#others?.pop(); last !== undefined; last = this.#others?.pop()) {
      last.cancel()
    }
    const first = this.#first
    this.#first = undefined
    first?.cancel()
  }

  /** Another than this one may still answer. */
  mayAnswerWithout(attempt: UpstreamTry): boolean {
    return this.list().some((it) => it !== attempt && it.awaitsHead)
  }
}
