import { type CallWindow, failedFlag, slowFlag, type WindowState } from './call-window.ts'

/**
 * The calls of the last `ms`, counted in buckets: what is older than the window is gone, and of the oldest bucket's time up to one
 * bucket's length is gone too early. Which bucket a time belongs to comes from its distance to one origin, so that nothing drifts.
 */
export class TimeWindow implements CallWindow {
  failures = 0
  slow = 0
  /** Failures and slow calls together. */
  #events = 0
  /** Calls in all buckets but the current one, of which the bucket itself keeps count. */
  #totalBefore = 0
  readonly #bucketMs: number
  readonly #length: number
  /** Total, failures and slow calls of each bucket. */
  readonly #counts: Int32Array
  // Doubles in fields are new objects whenever they change; these change with the bucket only.
  #origin = Number.NaN
  /** The number of the current bucket, counted from the origin. */
  #bucket = 0
  /** When the current bucket ends. */
  #end = -Infinity
  /** Where its counts are. */
  #place = 0

  constructor(ms: number, buckets: number) {
    this.#bucketMs = ms / buckets
    this.#length = buckets
    this.#counts = new Int32Array(buckets * fields)
  }

  get total(): number {
    return this.#totalBefore + (this.#counts[this.#place] ?? 0)
  }

  add(flags: number, now: number): void {
    this.advance(now)
    const counts = this.#counts
    const at = this.#place
    counts[at] = (counts[at] ?? 0) + 1
    if (flags !== 0) this.#addFlags(flags, at)
  }

  addUneventful(now: number): boolean {
    if (this.#events !== 0 || !(now < this.#end)) return false
    const counts = this.#counts
    const at = this.#place
    counts[at] = (counts[at] ?? 0) + 1
    return true
  }

  advance(now: number): void {
    if (now < this.#end) return
    this.#turn(now)
  }

  clear(): void {
    this.#forgetAll()
  }

  #turn(now: number): void {
    // Buckets are counted from the first time that is seen.
    if (Number.isNaN(this.#origin)) this.#moveTo(now, 0)
    const current = Math.floor((now - this.#origin) / this.#bucketMs)
    const seen = this.#bucket
    if (current <= seen) return
    if (current - seen >= this.#length) this.#forgetAll()
    else {
      this.#totalBefore += this.#counts[this.#place] ?? 0
      for (let i = seen + 1; i <= current; i++) this.#forget(i % this.#length)
    }
    this.#moveTo(this.#origin, current)
  }

  save(now: number): WindowState {
    this.advance(now)
    const current = this.#bucket
    const into = now - this.#origin - current * this.#bucketMs
    return {
      kind: 'time',
      intoBucketMs: Math.min(Math.max(0, into), this.#bucketMs),
      buckets: Array.from({ length: this.#length }, (_, i) => this.#countsOf(current + 1 + i)),
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
      if (i < last) this.#totalBefore += total
      this.failures += failures
      this.slow += slow
      this.#events += failures + slow
    }
    return true
  }

  #addFlags(flags: number, at: number): void {
    const counts = this.#counts
    if ((flags & failedFlag) !== 0) {
      counts[at + 1] = (counts[at + 1] ?? 0) + 1
      this.failures++
      this.#events++
    }
    if ((flags & slowFlag) !== 0) {
      counts[at + 2] = (counts[at + 2] ?? 0) + 1
      this.slow++
      this.#events++
    }
  }

  /** Makes a bucket the current one. */
  #moveTo(start: number, current: number): void {
    this.#origin = start
    this.#bucket = current
    this.#end = start + (current + 1) * this.#bucketMs
    this.#place = (current % this.#length) * fields
  }

  #countsOf(index: number): [number, number, number] {
    const at = (index % this.#length) * fields
    return [this.#counts[at] ?? 0, this.#counts[at + 1] ?? 0, this.#counts[at + 2] ?? 0]
  }

  #forget(index: number): void {
    const counts = this.#counts
    const at = index * fields
    this.#totalBefore -= counts[at] ?? 0
    this.failures -= counts[at + 1] ?? 0
    this.slow -= counts[at + 2] ?? 0
    this.#events = this.failures + this.slow
    counts.fill(0, at, at + fields)
  }

  #forgetAll(): void {
    this.#totalBefore = 0
    this.failures = 0
    this.slow = 0
    this.#events = 0
    this.#counts.fill(0)
  }
}

const fields = 3

function isBucket(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== fields) return false
  const [total, failures, slow] = value
  return value.every((it) => (it | 0) === it && it >= 0) && failures <= total && slow <= total
}
