/**
 * Counts latencies in bins of two significant digits, 90 to the power of ten, so that a quantile is right to a few percent at any
 * scale. Fixed memory, O(1) to add, O(bins) to ask. The same bins and interpolation as circllhist, which Envoy's controller uses.
 * https://arxiv.org/abs/2001.06561
 */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(1 + decades * binsPerDecade)
  #total = 0

  get total(): number {
    return this.#total
  }

  /** A whole number of µs from 0; what is beyond some 27 hours counts as that. */
  add(us: number): void {
    const bin = binOf(Math.min(us, mostUs))
    this.#counts[bin] = (this.#counts[bin] ?? 0) + 1
    this.#total++
  }

  /** The value below which the share `ratio`, 0–1, of the values lies, in whole µs; 0 of nothing. */
  quantile(ratio: number): number {
    const wanted = ratio * this.#total
    let below = 0
    let bin = -1
    let upTo = 0
    for (let i = 0; i < this.#counts.length; i++) {
      const count = this.#counts[i] ?? 0
      if (count === 0) continue
      if (bin !== -1 && upTo >= wanted) break
      bin = i
      below = upTo
      upTo += count
    }
    if (bin <= 0) return 0
    const width = widthOf(bin)
    const left = (((bin - 1) % binsPerDecade) + 10) * width
    return Math.floor(left + (width * (wanted - below)) / (upTo - below))
  }

  clear(): void {
    this.#counts.fill(0)
    this.#total = 0
  }
}

const decades = 11
const binsPerDecade = 90
const mostUs = 10 ** decades - 1

function binOf(us: number): number {
  if (us < 1) return 0
  let decade = 0
  let power = 1
  while (us >= power * 10) {
    power *= 10
    decade++
  }
  const digits = Math.floor((us * 10) / power)
  return 1 + decade * binsPerDecade + (digits - 10)
}

function widthOf(bin: number): number {
  return 10 ** (Math.floor((bin - 1) / binsPerDecade) - 1)
}
