/**
 * A histogram with two significant decimal digits: 90 bins per power of ten, so that no quantile is off by more
 * than a tenth. Memory grows with the number of bins in use (bounded by the exponents of a double), time per value is constant.
 *
 * @see https://www.circonus.com/2018/11/the-problem-with-percentiles-aggregation-brings-aggravation/
 */
export class LogLinearHistogram {
  readonly #bins = new Map<number, Bin>()
  #count = 0
  #sum = 0

  /** How many values were recorded. */
  get count(): number {
    return this.#count
  }

  /** Their exact sum. */
  get sum(): number {
    return this.#sum
  }

  /** Counts by bin, for whoever merges histograms. */
  get bins(): [bin: number, count: number][] {
    return Array.from(this.#bins, ([bin, { count }]) => [bin, count])
  }

  /** Takes over what another one has recorded. */
  add(bins: readonly (readonly [bin: number, count: number])[], sum: number): void {
    for (const [bin, count] of bins) {
      this.#bin(bin).count += count
      this.#count += count
    }
    this.#sum += sum
  }

  /** Negative values and what is no number count as 0. */
  record(value: number): void {
    const sane = value > 0 ? value : 0
    this.#bin(binOf(sane)).count++
    this.#count++
    this.#sum += sane
  }

  /** How many values lie in bins that end at or below `bound`. */
  countUpTo(bound: number): number {
    let count = 0
    for (const bin of this.#bins.values()) if (bin.upper <= bound * tolerance) count += bin.count
    return count
  }

  /** The value below which the share `q` (0 to 1) lies, interpolated within its bin; NaN when empty. */
  quantile(q: number): number {
    if (this.#count === 0) return Number.NaN
    let left = q * this.#count
    let last = 0
    for (const { lower, upper, count } of [...this.#bins.values()].sort(byLower)) {
      if (left <= count) return lower + ((upper - lower) * left) / count
      last = upper
      left -= count
    }
    return last
  }

  #bin(number: number): Bin {
    const known = this.#bins.get(number)
    if (known !== undefined) return known
    const made = { lower: lowerOf(number), upper: upperOf(number), count: 0 }
    this.#bins.set(number, made)
    return made
  }
}

interface Bin {
  readonly lower: number
  readonly upper: number
  count: number
}

function byLower(a: Bin, b: Bin): number {
  return a.lower - b.lower
}

const binsPerDecade = 90
/** Keeps bin numbers positive; the bin of zero is 0. */
const exponentShift = 400
/** Bin edges are computed, so 0.5 can come out as 0.5000000000000001. */
const tolerance = 1 + 1e-9

function binOf(value: number): number {
  if (value === 0) return 0
  if (value >= minCommon && value < maxCommon) return commonBinOf(value)
  let exponent = Math.floor(Math.log10(value))
  let digits = Math.floor((value / 10 ** exponent) * 10 * tolerance)
  if (digits >= 100) {
    exponent++
    digits = 10
  }
  return (exponent + exponentShift) * binsPerDecade + Math.max(digits, 10) - 10
}

/** Times from a microsecond to a quarter of an hour, in milliseconds: the same bins without logarithms. */
const minCommon = 1e-3
const maxCommon = 1e6

function commonBinOf(value: number): number {
  const shifted = value / minCommon
  let exponent = -3
  let scale = 1
  while (shifted * tolerance >= scale * 10) {
    exponent++
    scale *= 10
  }
  const digits = Math.floor((shifted / scale) * 10 * tolerance)
  return (exponent + exponentShift) * binsPerDecade + Math.max(digits, 10) - 10
}

function lowerOf(bin: number): number {
  return bin === 0 ? 0 : edge(bin, 10)
}

/** The bin of zero has no width. */
function upperOf(bin: number): number {
  return bin === 0 ? 0 : edge(bin, 11)
}

function edge(bin: number, first: number): number {
  const exponent = Math.floor(bin / binsPerDecade) - exponentShift
  return ((bin % binsPerDecade) + first) * 10 ** (exponent - 1)
}
