import type { Random } from '../ambient.ts'

const wordValues = 2 ** 32
const form = '00000000-0000-0000-0000-000000000000'
/** From the place of a letter if letters followed the digits, to `a`. */
const toLetters = 'a'.charCodeAt(0) - '9'.charCodeAt(0) - 1
/** One text is made for so many ids, which are slices of it: a text for each would cost ten times as much. */
const idsAtOnce = 64

/**
 * UUIDs of version 4, each out of four draws. They tell requests apart in logs and prove nothing, so that they need not be
 * unpredictable.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9562#section-5.4
 */
export class RequestIds {
  readonly #random: Random
  #text = ''
  #at = 0

  constructor(random: Random) {
    this.#random = random
  }

  next(): string {
    if (this.#at === this.#text.length) {
      this.#text = drawIds(this.#random)
      this.#at = 0
    }
    const start = this.#at
    this.#at += form.length
    return this.#text.slice(start, this.#at)
  }
}

function drawIds(random: Random): string {
  const letters = Buffer.from(form.repeat(idsAtOnce), 'latin1')
  const view = new DataView(letters.buffer, letters.byteOffset, letters.length)
  for (let at = 0; at < letters.length; at += form.length) {
    const [a, b, c, d] = [word(random), word(random), word(random), word(random)]
    view.setInt32(at, fourDigits(a >>> 16))
    view.setInt32(at + 4, fourDigits(a))
    view.setInt32(at + 9, fourDigits(b >>> 16))
    view.setInt32(at + 14, fourDigits((b & 0x0fff) | 0x4000))
    view.setInt32(at + 19, fourDigits(((c >>> 16) & 0x3fff) | 0x8000))
    view.setInt32(at + 24, fourDigits(c))
    view.setInt32(at + 28, fourDigits(d >>> 16))
    view.setInt32(at + 32, fourDigits(d))
  }
  return letters.toString('latin1')
}

function word(random: Random): number {
  return (random() * wordValues) >>> 0
}

/** The lowest sixteen bits as four hexadecimal digits in ASCII, one in each byte; all four at once. */
function fourDigits(bits: number): number {
  const bytes = ((bits & 0xff00) << 8) | (bits & 0xff)
  const values = (bytes | (bytes << 4)) & 0x0f0f_0f0f
  // Adding six carries into the fifth bit from ten on, where the letters begin.
  const isLetter = ((values + 0x0606_0606) >>> 4) & 0x0101_0101
  return values + 0x3030_3030 + isLetter * toLetters
}
