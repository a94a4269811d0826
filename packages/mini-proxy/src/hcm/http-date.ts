const secondMs = 1000

/** The `date` of responses (RFC 9110, 6.6.1), written anew once a second. */
export class HttpDate {
  readonly #wallClock: () => number
  #second = -1
  #text = ''

  constructor(wallClock: () => number) {
    this.#wallClock = wallClock
  }

  toString(): string {
    const second = Math.floor(this.#wallClock() / secondMs)
    if (second !== this.#second) {
      this.#second = second
      this.#text = new Date(second * secondMs).toUTCString()
    }
    return this.#text
  }
}
