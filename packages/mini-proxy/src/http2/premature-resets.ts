/** Streams that close before the rule applies, or half of them reset. Envoy: overload.premature_reset_total_stream_count. */
const streamsBefore = 500
/** A stream that is reset before it has lived so long is one. Envoy: overload.premature_reset_min_stream_lifetime_seconds. */
export const prematureMs = 1000

/**
 * Counts streams that a client opens to reset them at once, or to make this side reset them: requests that cost it nothing
 * and the proxy much (CVE-2023-44487, CVE-2025-8671).
 */
export class PrematureResets {
  #closed = 0
  #premature = 0

  /** Of a stream that closed; true: the client lives on resets. */
  onClose(premature: boolean): boolean {
    this.#closed += 1
    if (!premature) return false
    this.#premature += 1
    return this.#premature * 2 >= Math.max(this.#closed, streamsBefore)
  }
}
