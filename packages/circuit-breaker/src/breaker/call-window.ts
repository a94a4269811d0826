/** Calls that a ratio is taken of. Adding is O(1), but for a time window after a pause, which is O(buckets). */
export interface CallWindow {
  readonly total: number
  readonly failures: number
  readonly slow: number
  /** `flags` is a sum of {@link failed} and {@link slow}. */
  add(flags: number, now: number): void
  /** Adds a quick success to nothing but quick successes, if no older ones are to be forgotten; false: it was not added. */
  addUneventful(now: number): boolean
  /** Forgets what is too old by now. */
  advance(now: number): void
  clear(): void
  /** What {@link restore} of a window of the same kind and size understands. */
  save(now: number): WindowState
  /** Whether the state was taken over; a foreign one changes nothing. */
  restore(state: WindowState, now: number): boolean
}

/** The content of a window in JSON: calls or buckets, the oldest first, and how far into its bucket time is. */
export type WindowState =
  | { readonly kind: 'count'; readonly calls: readonly number[] }
  | {
      readonly kind: 'time'
      readonly intoBucketMs: number
      readonly buckets: readonly (readonly [total: number, failures: number, slow: number])[]
    }

/** The flag of a failed call. */
export const failedFlag = 1
/** The flag of a slow call. */
export const slowFlag = 2
