/** For each byte that may stand in a token, the byte itself, capital letters made small; 0 for all others. */
const tokenBytes = new Uint8Array(256)

for (let byte = 0; byte < tokenBytes.length; byte += 1) {
  const char = String.fromCharCode(byte)
  if (/[!#$%&'*+\-.^_`|~\w]/.test(char)) tokenBytes[byte] = char.toLowerCase().charCodeAt(0)
}

/** The token that is being read, four bytes a number; one that is longer is no word. A power of 2. */
const maxQuads = 32
const quads = new Int32Array(maxQuads)

/** Both chosen so that no word of this codec stands in another's way; the tests find them all. */
const multiplier = 0x89bde151
const slotBits = 11

/**
 * Reads tokens from bytes and finds which of some words they are, capital letters taken for small ones, without making
 * strings. A word is the same string that this program's own text has, so that comparing them is comparing addresses.
 */
export class WordTable {
  readonly words: readonly string[]
  /** Places in `words`, or -1. */
  readonly #slots = new Int16Array(1 << slotBits).fill(-1)
  readonly #lengths: Uint8Array
  /** The words, four bytes a number, each in `maxQuads` places. */
  readonly #quads: Int32Array
  #hash = 0
  #found = -1

  /** @param words lower-case tokens */
  constructor(words: readonly string[]) {
    this.words = words.map(asPropertyKey)
    this.#lengths = new Uint8Array(words.length)
    this.#quads = new Int32Array(words.length * maxQuads)
    for (const [index, word] of words.entries()) {
      this.#scan(Buffer.from(word, 'latin1'), 0, word.length)
      this.#slots[this.#hash >>> (32 - slotBits)] = index
      this.#lengths[index] = word.length
      this.#quads.set(quads, index * maxQuads)
    }
  }

  /** Place in `words` of the token that was read last; -1: it is none of them. */
  get found(): number {
    return this.#found
  }

  /** Reads the token at `start`. Says where it ends: at `start` if there is none, at `limit` at the latest. */
  read(bytes: Uint8Array, start: number, limit: number): number {
    const end = this.#scan(bytes, start, limit)
    this.#found = this.#find(end - start)
    return end
  }

  #scan(bytes: Uint8Array, start: number, limit: number): number {
    let hash = 0
    let count = 0
    let quad = quadAt(bytes, start, limit)
    while (quad >= fullQuad) {
      quads[count & (maxQuads - 1)] = quad
      count += 1
      hash = Math.imul(hash ^ quad, multiplier)
      quad = quadAt(bytes, start + count * 4, limit)
    }
    quads[count & (maxQuads - 1)] = quad
    this.#hash = Math.imul(hash ^ quad, multiplier)
    return start + count * 4 + byteCount(quad)
  }

  #find(length: number): number {
    const index = this.#slots[this.#hash >>> (32 - slotBits)] ?? -1
    if (index < 0 || this.#lengths[index] !== length) return -1
    const its = this.#quads
    const from = index * maxQuads
    for (let i = length >> 2; i >= 0; i -= 1) {
      if (its[from + i] !== quads[i]) return -1
    }
    return index
  }
}

/** At least this is a number of four bytes. */
const fullQuad = 1 << 24

/** The bytes of a token from `at` on, but no more than four, the first one highest. */
function quadAt(bytes: Uint8Array, at: number, limit: number): number {
  const first = tokenByteAt(bytes, at, limit)
  if (first === 0) return 0
  const second = tokenByteAt(bytes, at + 1, limit)
  if (second === 0) return first
  const third = tokenByteAt(bytes, at + 2, limit)
  if (third === 0) return (first << 8) | second
  const fourth = tokenByteAt(bytes, at + 3, limit)
  if (fourth === 0) return (first << 16) | (second << 8) | third
  return (first << 24) | (second << 16) | (third << 8) | fourth
}

function tokenByteAt(bytes: Uint8Array, at: number, limit: number): number {
  return at < limit ? (tokenBytes[bytes[at] ?? 0] ?? 0) : 0
}

/** How many there are in such a number. */
function byteCount(quad: number): number {
  if (quad === 0) return 0
  if (quad <= 0xff) return 1
  return quad <= 0xffff ? 2 : 3
}

/** The engine keeps one string of each property key, the one that names in program text are, too. */
function asPropertyKey(word: string): string {
  return Object.keys({ [word]: 0 })[0] ?? word
}
