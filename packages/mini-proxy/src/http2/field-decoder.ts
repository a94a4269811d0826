import { HpackDecoder } from '../hpack/hpack-decoder.ts'
import { FieldBlock, type FieldLimits } from './field-block.ts'

/** Longer blocks hold something that does not come again. */
const maxKnownBytes = 48
/** Blocks that are known at once; a power of two. */
const slots = 8

/**
 * Decodes the field sections of one direction of a connection. A short block whose bytes have come before, while HPACK's
 * table stayed the same, is neither decoded nor checked again: so are most answers of gRPC, two bytes and then one, and the
 * requests of a client that calls one method again and again.
 */
export class FieldDecoder {
  readonly #limits: FieldLimits
  readonly #decoder: HpackDecoder
  readonly #known: (KnownBlock | undefined)[] = new Array(slots).fill(undefined)
  /** Of blocks that are too long to be known. */
  readonly #other: FieldBlock

  /** @param maxTableSize bytes of the table that the peer may fill */
  constructor(limits: FieldLimits, maxTableSize: number) {
    this.#limits = limits
    this.#decoder = new HpackDecoder({ maxTableSize })
    this.#other = new FieldBlock(limits)
  }

  setMaxTableSize(size: number): void {
    this.#decoder.setMaxTableSize(size)
  }

  /**
   * The fields of a whole block, valid until the next is decoded.
   *
   * @throws {HpackError} if the bytes are no block
   */
  decode(bytes: Buffer, start: number, end: number): FieldBlock {
    const decoder = this.#decoder
    const length = end - start
    if (length === 0 || length > maxKnownBytes) {
      this.#other.begin()
      decoder.decode(bytes, start, end, this.#other)
      return this.#other
    }
    const slot = (length * 5 + (bytes[end - 1] ?? 0)) & (slots - 1)
    const known = this.#known[slot] ?? new KnownBlock(this.#limits)
    this.#known[slot] = known
    if (!known.is(bytes, start, length, decoder.generation)) known.learn(bytes, start, end, decoder)
    return known.block
  }
}

/** Fields, and the bytes that stood for them. */
class KnownBlock {
  readonly block: FieldBlock
  readonly #bytes = new Uint8Array(maxKnownBytes)
  #length = 0
  #generation = -1

  constructor(limits: FieldLimits) {
    this.block = new FieldBlock(limits)
  }

  is(bytes: Buffer, start: number, length: number, generation: number): boolean {
    if (generation !== this.#generation || length !== this.#length) return false
    const known = this.#bytes
    for (let i = 0; i < length; i++) if (known[i] !== bytes[start + i]) return false
    return true
  }

  learn(bytes: Buffer, start: number, end: number, decoder: HpackDecoder): void {
    const { block } = this
    const { generation } = decoder
    this.#generation = -1
    block.begin()
    decoder.decode(bytes, start, end, block)
    // Decoded once more, a block that changed the table would change it again; secrets are not kept.
    if (decoder.generation !== generation || !block.mayBeKept) return
    this.#generation = generation
    this.#length = end - start
    for (let i = start; i < end; i++) this.#bytes[i - start] = bytes[i] ?? 0
  }
}
