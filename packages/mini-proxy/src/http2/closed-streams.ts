/** Why a stream is closed: whole in both directions, reset by this side, reset because of what the peer sent, or by the peer. */
export type StreamEnd = 'ended' | 'reset' | 'faulted' | 'reset-by-peer'

const remembered = 512

/**
 * The streams of a connection that were closed last. What still comes for one that this side has reset was on its way and
 * is passed over; for others it is an error (RFC 9113 5.1).
 */
export class ClosedStreams {
  readonly #ids = new Int32Array(remembered)
  readonly #ends: StreamEnd[] = []
  #next = 0

  add(id: number, end: StreamEnd): void {
    this.#ids[this.#next] = id
    this.#ends[this.#next] = end
    this.#next = (this.#next + 1) % remembered
  }

  /** Undefined: closed long ago, or never open. */
  endOf(id: number): StreamEnd | undefined {
    const at = this.#ids.lastIndexOf(id)
    return at === -1 ? undefined : this.#ends[at]
  }
}
