import type { UpstreamTry } from './upstream-try.ts'

/** The tries of one request that are under way; more than one only while they race. */
export class TriesInFlight {
  readonly #list: UpstreamTry[] = []

  /** The oldest. */
  get first(): UpstreamTry | undefined {
    return this.#list[0]
  }

  /** The one that takes the body as it comes: tries race only once the request is whole. */
  get sending(): UpstreamTry | undefined {
    const [attempt] = this.#list
    return attempt?.sent === true ? attempt : undefined
  }

  [Symbol.iterator](): IterableIterator<UpstreamTry> {
    return this.#list.values()
  }

  add(attempt: UpstreamTry): void {
    this.#list.push(attempt)
  }

  remove(attempt: UpstreamTry): void {
    const at = this.#list.indexOf(attempt)
    if (at !== -1) this.#list.splice(at, 1)
  }

  /** Gives one up. */
  drop(attempt: UpstreamTry): void {
    this.remove(attempt)
    attempt.cancel()
  }

  /** Gives up all but one. */
  keepOnly(attempt: UpstreamTry): void {
    if (this.#list.length === 1 && this.#list[0] === attempt) return
    for (const other of this.#list.splice(0)) if (other !== attempt) other.cancel()
    this.#list.push(attempt)
  }

  cancelAll(): void {
    for (let attempt = this.#list.pop(); attempt; attempt = this.#list.pop()) attempt.cancel()
  }

  /** Another than this one may still answer. */
  mayAnswerWithout(attempt: UpstreamTry): boolean {
    return this.#list.some((it) => it !== attempt && it.awaitsHead)
  }
}
