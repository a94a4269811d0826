import { type CallWindow, failedFlag, slowFlag, type WindowState } from './call-window.ts'

/**
 * The calls of the last `ms`, counted in buckets: what is older than the window is gone, and of the oldest bucket's time up to one
 * bucket's length is gone too early. Which bucket a time belongs to comes from its distance to one origin, so that nothing drifts.
 */
export class TimeWindow implements CallWindow {
  total = 0
  failures = 0
  slow = 0
  readonly #bucketMs: number
  readonly #length: number
  /** Total, failures and slow calls of each bucket. */
  readonly #counts: Int32Array
  /** Origin, number of the current bucket counted from it, and its end. Typed, for a double in a field is a new object each time. */
  readonly #time: Float64Array = new Float64Array(timeFields)
  /** Where the current bucket's counts are. */
  #place = 0

  constructor(ms: number, buckets: number) {
    this.#bucketMs = ms / buckets
    this.#length = buckets
    this.#counts = new Int32Array(buckets * fields)
    this.#time[origin] = Number.NaN
    this.#time[end] = -Infinity
  }

  add(flags: number, now: number): void {
    this.advance(now)
    const counts = this.#counts
    const at = this.#place
    counts[at] = (counts[at] ?? 0) + 1
    this.total++
    if (flags !== 0) this.#addFlags(flags, at)
  }

  advance(now: number): void {
    if (now < (this.#time[end] ?? 0)) return
    this.#turn(now)
  }

  clear(): void {
    this.#forgetAll()
  }

  #turn(now: number): void {
    // Buckets are counted from the first time that is seen.
    if (Number.isNaN(this.#time[origin])) this.#moveTo(now, 0)
    const current = Math.floor((now - (this.#time[origin] ?? 0)) / this.#bucketMs)
    const seen = this.#time[bucket] ?? 0
    if (current <= seen) return
    if (current - seen >= this.#length) this.#forgetAll()
    else for (let i = seen + 1; i <= current; i++) this.#forget(i % this.#length)
    this.#moveTo(this.#time[origin] ?? 0, current)
  }

  save(now: number): WindowState {
    this.advance(now)
    const current = this.#time[bucket] ?? 0
    const into = now - (this.#time[origin] ?? 0) - current * this.#bucketMs
    return {
      kind: 'time',
      intoBucketMs: Math.min(Math.max(0, into), this.#bucketMs),
      buckets: Array.from({ length: this.#length }, (_, i) => this.#bucket(current + 1 + i)),
    }
  }

  restore(state: WindowState, now: number): boolean {
    if (state.kind !== 'time' || state.buckets.length !== this.#length) return false
    if (!(state.intoBucketMs >= 0 && state.intoBucketMs <= this.#bucketMs)) return false
    if (!state.buckets.every(isBucket)) return false
    this.#forgetAll()
    // The newest bucket is the last of the ring, and the number of the current one.
    const last = this.#length - 1
    this.#moveTo(now - state.intoBucketMs - last * this.#bucketMs, last)
    for (const [i, [total, failures, slow]] of state.buckets.entries()) {
      this.#counts.set([total, failures, slow], i * fields)
      this.total += total
      this.failures += failures
      this.slow += slow
    }
    return true
  }

  #addFlags(flags: number, at: number): void {
    const counts = this.#counts
    if ((flags & failedFlag) !== 0) {
      counts[at + 1] = (counts[at + 1] ?? 0) + 1
      this.failures++
    }
    if ((flags & slowFlag) !== 0) {
      counts[at + 2] = (counts[at + 2] ?? 0) + 1
      this.slow++
    }
  }

  /** Makes a bucket the current one. */
  #moveTo(start: number, current: number): void {
    this.#time[origin] = start
    this.#time[bucket] = current
    this.#time[end] = start + (current + 1) * this.#bucketMs
    this.#place = (current % this.#length) * fields
  }

  #bucket(index: number): [number, number, number] {
    const at = (index % this.#length) * fields
    return [this.#counts[at] ?? 0, this.#counts[at + 1] ?? 0, this.#counts[at + 2] ?? 0]
  }

  #forget(index: number): void {
    const counts = this.#counts
    const at = index * fields
    this.total -= counts[at] ?? 0
    this.failures -= counts[at + 1] ?? 0
    this.slow -= counts[at + 2] ?? 0
    counts.fill(0, at, at + fields)
  }

  #forgetAll(): void {
    this.total = 0
    this.failures = 0
    this.slow = 0
    this.#counts.fill(0)
  }
}

const fields = 3
const origin = 0
const bucket = 1
const end = 2
const timeFields = 3

function isBucket(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== fields) return false
  const [total, failures, slow] = value
  return value.every((it) => (it | 0) === it && it >= 0) && failures <= total && slow <= total
}
