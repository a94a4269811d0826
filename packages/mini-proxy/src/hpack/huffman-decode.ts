import { codeLengths, codes, endOfString } from './huffman-code.ts'

/**
 * A state machine that takes four bits at a time. A state is an inner node of the code's tree; a tree of 257 leaves has
 * 256 of them, so that a state fits a byte. A row of sixteen entries tells for each nibble
 * the next state, a symbol if one is complete (codes have at least five bits, so never two), and what is no code.
 */
const symbolShift = 8
const hasSymbol = 0x1_0000
const isNoCode = 0x2_0000

/** The longest padding, in bits; more would be a whole byte that says nothing. */
const maxPaddingBits = 7

/** @see {@link symbolShift} for the layout. 16 KiB. */
const transitions = new Uint32Array(256 * 16)
/** Whether a string may end in a state: what came after the last symbol is padding. */
const mayEnd = new Uint8Array(256)
build()

/**
 * Decodes bytes from `start` to `end` into `target` from its beginning, and says how many bytes it got, or -1 if they
 * are no Huffman code: the end-of-string symbol among them, padding of other bits or more than seven. `target` must
 * have room for {@link decodedBound} bytes.
 */
export function decodeHuffman(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
): number {
  let state = 0
  let length = 0
  for (let at = start; at < end; at++) {
    const byte = source[at] ?? 0
    let entry = transitions[(state << 4) | (byte >>> 4)] ?? 0
    if ((entry & hasSymbol) !== 0) target[length++] = entry >>> symbolShift
    else if ((entry & isNoCode) !== 0) return -1
    entry = transitions[((entry & 0xff) << 4) | (byte & 0xf)] ?? 0
    if ((entry & hasSymbol) !== 0) target[length++] = entry >>> symbolShift
    else if ((entry & isNoCode) !== 0) return -1
    state = entry & 0xff
  }
  return mayEnd[state] === 1 ? length : -1
}

/** The most bytes that `count` bytes of Huffman code can stand for: the shortest code has five bits. */
export function decodedBound(count: number): number {
  return Math.floor((count * 8) / 5)
}

function build(): void {
  const tree = readTree()
  for (let state = 0; state < 256; state++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      transitions[(state << 4) | nibble] = step(tree, state, nibble)
    }
  }
  let state = 0
  for (let bits = 0; bits <= maxPaddingBits; bits++) {
    mayEnd[state] = 1
    state = tree[state * 2 + 1] ?? 0
  }
}

/** Children by state and bit; a leaf is `-1 - symbol`. */
function readTree(): Int32Array {
  const tree = new Int32Array(256 * 2)
  let states = 1
  for (const [symbol, length] of codeLengths.entries()) {
    let state = 0
    for (let bit = length - 1; bit >= 0; bit--) {
      const child = state * 2 + (((codes[symbol] ?? 0) >>> bit) & 1)
      if (bit === 0) tree[child] = -1 - symbol
      else if (tree[child] === 0) tree[child] = states++
      state = tree[child] ?? 0
    }
  }
  return tree
}

function step(tree: Int32Array, from: number, nibble: number): number {
  let state = from
  let symbol = -1
  for (let bit = 3; bit >= 0; bit--) {
    const child = tree[state * 2 + ((nibble >>> bit) & 1)] ?? 0
    if (child === -1 - endOfString) return isNoCode
    if (child < 0) symbol = -1 - child
    state = Math.max(child, 0)
  }
  return symbol < 0 ? state : state | (symbol << symbolShift) | hasSymbol
}
