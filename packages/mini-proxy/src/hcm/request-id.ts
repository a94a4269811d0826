import type { Random } from '../ambient.ts'

const byteValues = 256
const wordValues = 2 ** 32

const hex: readonly string[] = Array.from({ length: byteValues }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
)

/**
 * A UUID of version 4 out of four draws. It tells requests apart in logs and proves nothing, so that it need not be
 * unpredictable.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9562#section-5.4
 */
export function requestId(random: Random): string {
  const [a, b, c, d] = [word(random), word(random), word(random), word(random)]
  const version = (b & 0xffff_0fff) | 0x4000
  const variant = (c & 0x3fff_ffff) | 0x8000_0000
  return `${high(a)}${low(a)}-${high(b)}-${low(version)}-${high(variant)}-${low(c)}${high(d)}${low(d)}`
}

function word(random: Random): number {
  return (random() * wordValues) >>> 0
}

function high(bits: number): string {
  return `${hex[bits >>> 24]}${hex[(bits >>> 16) & 0xff]}`
}

function low(bits: number): string {
  return `${hex[(bits >>> 8) & 0xff]}${hex[bits & 0xff]}`
}
