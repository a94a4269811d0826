import { intern } from '../http/intern.ts'

/** For each byte that may stand in a token, the byte itself, capital letters made small; 0 for all others. */
const tokenBytes = new Uint8Array(256)

for (let byte = 0; byte < tokenBytes.length; byte += 1) {
  const char = String.fromCharCode(byte)
  if (/[!#$%&'*+\-.^_`|~\w]/.test(char)) tokenBytes[byte] = char.toLowerCase().charCodeAt(0)
}

/** A power of 2, some times as many as there are words. */
const slotCount = 1024

/**
 * Reads tokens from bytes and finds which of some words they are, capital letters taken for small ones, without making
 * strings. A word is the same string that this program's own text has, so that comparing them is comparing addresses.
 */
export class WordTable {
  readonly words: readonly string[]
  /** For each slot the last word of it, a place in `words`, or -1. */
  readonly #slots = new Int16Array(slotCount).fill(-1)
  /** For each word another one of its slot, or -1. */
  readonly #others: Int16Array
  /** Where each word begins in `#bytes`; one more start ends them. */
  readonly #starts: Int32Array
  readonly #bytes: Uint8Array
  #found = -1

  /** @param words lower-case tokens */
  constructor(words: readonly string[]) {
    this.words = words.map(intern)
    this.#others = new Int16Array(words.length)
    this.#starts = new Int32Array(words.length + 1)
    this.#bytes = Buffer.from(words.join(''), 'latin1')
    let end = 0
    for (const [index, word] of words.entries()) {
      const start = end
      end += word.length
      this.#starts[index + 1] = end
      const slot = slotOf(this.#bytes, start, end)
      this.#others[index] = this.#slots[slot] ?? -1
      this.#slots[slot] = index
    }
  }

  /** Place in `words` of the token that was read last; -1: it is none of them. */
  get found(): number {
    return this.#found
  }

  /** Reads the token at `start`. Says where it ends: at `start` if there is none, at `limit` at the latest. */
  read(bytes: Uint8Array, start: number, limit: number): number {
    let end = start
    while (end < limit && tokenByte(bytes, end) !== 0) end = (end + 1) | 0
    this.#found = end === start ? -1 : this.#find(bytes, start, end)
    return end
  }

  #find(bytes: Uint8Array, start: number, end: number): number {
    const starts = this.#starts
    let index = this.#slots[slotOf(bytes, start, end)] ?? -1
    while (index >= 0) {
      const from = starts[index] ?? 0
      const to = starts[index + 1] ?? 0
      if (to - from === end - start && this.#isAt(bytes, start, from, to)) return index
      index = this.#others[index] ?? -1
    }
    return -1
  }

  #isAt(bytes: Uint8Array, start: number, from: number, to: number): boolean {
    const its = this.#bytes
    const ahead = start - from
    for (let i = from; i < to; i = (i + 1) | 0) {
      if (its[i] !== tokenByte(bytes, ahead + i)) return false
    }
    return true
  }
}

function tokenByte(bytes: Uint8Array, at: number): number {
  return tokenBytes[bytes[at] ?? 0] ?? 0
}

/** By length, ends and middle: few words share a slot. */
function slotOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  const middle = tokenByte(bytes, start + (length >> 1))
  const ends = tokenByte(bytes, start) * 3 + tokenByte(bytes, end - 1) * 29
  return (ends + middle * 113 + length * 37) & (slotCount - 1)
}
