import { type CodePointSet, charactersOf, joinRanges } from './code-points.ts'
import type { Language } from './language.ts'
import { choice, type PatternNode, sequence, textPattern } from './pattern-node.ts'

const mostDigits = 19

/**
 * Every text that is a decimal integer from `start` up to, but not including, `end`: a sign or none, zeros in front allowed, ASCII
 * white space around it allowed. What `range_match` of a header takes.
 */
export function intRange(start: bigint, end: bigint): Language {
  const signed: PatternNode[] = []
  const positive = magnitudes(start < 0n ? 0n : start, end - 1n)
  if (positive !== undefined) signed.push(sequence([optional(charactersOf('+')), zeros, positive]))
  const negative = magnitudes(end > 0n ? 0n : 1n - end, -start)
  if (negative !== undefined) signed.push(sequence([textPattern('-'), zeros, negative]))
  const pattern = sequence([blanks, choice(signed), blanks])
  return { kind: 'regular', key: `int-range(${start},${end})`, pattern }
}

const blanks: PatternNode = any(joinRanges([[0x09, 0x0d], ...charactersOf(' ')]))
const zeros: PatternNode = any(charactersOf('0'))

function any(set: CodePointSet): PatternNode {
  return { kind: 'repeat', of: { kind: 'set', set }, min: 0, max: Number.POSITIVE_INFINITY }
}

/** Numbers from low to high, both included, of any length; undefined if there are none. */
function magnitudes(low: bigint, high: bigint): PatternNode | undefined {
  if (high < low) return undefined
  const lengths: PatternNode[] = []
  for (let length = 1; length <= mostDigits; length++) {
    const most = 10n ** BigInt(length) - 1n
    if (low > most) continue
    const from = low.toString().padStart(length, '0')
    const to = (high < most ? high : most).toString().padStart(length, '0')
    lengths.push(between(from, to))
  }
  return lengths.length === 0 ? undefined : choice(lengths)
}

/** Numbers of one length, zeros in front included. */
function between(from: string, to: string): PatternNode {
  let shared = 0
  while (shared < from.length && from[shared] === to[shared]) shared++
  const head = textPattern(from.slice(0, shared))
  if (shared === from.length) return head
  const [low, high] = [digit(from, shared), digit(to, shared)]
  const [lowRest, highRest] = [from.slice(shared + 1), to.slice(shared + 1)]
  // Whole stretches are taken as such: [0-9]{4} and not a choice for each end.
  const first = /^0*$/.test(lowRest) ? low : low + 1
  const last = /^9*$/.test(highRest) ? high : high - 1
  const ways: PatternNode[] = []
  if (first > low) ways.push(sequence([digits(low, low, 1), bounded(lowRest, 'from')]))
  if (first <= last) {
    ways.push(sequence([digits(first, last, 1), digits(0, 9, lowRest.length)]))
  }
  if (last < high) ways.push(sequence([digits(high, high, 1), bounded(highRest, 'to')]))
  return sequence([head, choice(ways)])
}

/** Numbers of one length from a number on, or up to it. */
function bounded(text: string, side: 'from' | 'to'): PatternNode {
  const ways: PatternNode[] = [textPattern(text)]
  for (let index = 0; index < text.length; index++) {
    const at = digit(text, index)
    const [first, last] = side === 'from' ? [at + 1, 9] : [0, at - 1]
    if (first > last) continue
    const rest = digits(0, 9, text.length - index - 1)
    ways.push(sequence([textPattern(text.slice(0, index)), digits(first, last, 1), rest]))
  }
  return choice(ways)
}

function digit(text: string, index: number): number {
  return Number(text[index] ?? 0)
}

function digits(from: number, to: number, times: number): PatternNode {
  if (times === 0) return sequence([])
  const of: PatternNode = { kind: 'set', set: [[0x30 + from, 0x30 + to]] }
  return times === 1 ? of : { kind: 'repeat', of, min: times, max: times }
}

function optional(set: CodePointSet): PatternNode {
  return { kind: 'repeat', of: { kind: 'set', set }, min: 0, max: 1 }
}
