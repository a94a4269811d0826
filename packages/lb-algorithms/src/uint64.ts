/** A 64-bit unsigned integer that changes in place, as two 32-bit halves. */
export class Uint64 {
  high: number
  low: number

  constructor(high: number, low: number) {
    this.high = high >>> 0
    this.low = low >>> 0
  }

  clone(): Uint64 {
    return new Uint64(this.high, this.low)
  }

  set(high: number, low: number): this {
    this.high = high >>> 0
    this.low = low >>> 0
    return this
  }

  add(other: Uint64): this {
    const low = this.low + other.low
    return this.set(this.high + other.high + (low > 0xffff_ffff ? 1 : 0), low)
  }

  subtract(other: Uint64): this {
    return this.set(this.high - other.high - (this.low < other.low ? 1 : 0), this.low - other.low)
  }

  /** Modulo 2^64, by 16-bit digits: their products are exact in a double. */
  multiply({ high, low }: Uint64): this {
    const a0 = this.low & 0xffff
    const a1 = this.low >>> 16
    const b0 = low & 0xffff
    const b1 = low >>> 16
    const lowest = a0 * b0
    const middle = a0 * b1 + a1 * b0 + (lowest >>> 16)
    const carry = a1 * b1 + Math.floor(middle / 0x1_0000)
    const crossed = Math.imul(this.high, low) + Math.imul(this.low, high)
    return this.set(carry + crossed, (middle << 16) | (lowest & 0xffff))
  }

  /** By 0 < `bits` < 32. */
  rotateLeft(bits: number): this {
    const { high, low } = this
    return this.set((high << bits) | (low >>> (32 - bits)), (low << bits) | (high >>> (32 - bits)))
  }

  xor({ high, low }: Uint64): this {
    return this.set(this.high ^ high, this.low ^ low)
  }

  /** XORs itself shifted right by 0 < `bits` < 64. */
  xorShiftRight(bits: number): this {
    const { high, low } = this
    if (bits >= 32) return this.set(high, low ^ (high >>> (bits - 32)))
    return this.set(high ^ (high >>> bits), low ^ ((low >>> bits) | (high << (32 - bits))))
  }
}
