import type { WireResource } from './wire-resource.ts'

/** A response as it is remembered: what it was, and when it was sent or answered. */
export interface DeliveryMark {
  readonly nonce: string
  readonly version: string
  /** Milliseconds of the wall clock. */
  readonly atWallMs: number
}

/** Why a client refused a response. */
export interface Rejection extends DeliveryMark {
  readonly code: number
  readonly message: string
}

/** The error a client put into its request. */
export interface RequestError {
  readonly code: number
  readonly message: string
}

/**
 * What a nonce says: nothing, that it is out of date, that the response in flight was accepted or
 * rejected, or that the last response had been answered before.
 */
export type Settlement = 'none' | 'stale' | 'ack' | 'nack' | 'repeat'

/**
 * Which response of one type is in flight, and what became of the last ones.
 *
 * At most one is in flight, so that an answer always has one response it can mean.
 */
export class Delivery {
  #sent: DeliveryMark | undefined
  #accepted: DeliveryMark | undefined
  #rejection: Rejection | undefined
  #carried: readonly WireResource[] = []
  #inFlight = false

  /** Whether a response waits for its ACK or NACK. */
  get inFlight(): boolean {
    return this.#inFlight
  }

  get sent(): DeliveryMark | undefined {
    return this.#sent
  }

  get accepted(): DeliveryMark | undefined {
    return this.#accepted
  }

  /** The last rejection; gone as soon as a later response is accepted. */
  get rejection(): Rejection | undefined {
    return this.#rejection
  }

  /** What the last response carried, if it was refused. */
  get refused(): readonly WireResource[] {
    return this.#inFlight || this.#rejection === undefined ? [] : this.#carried
  }

  /** Records that a response went out. */
  begin(mark: DeliveryMark, carried: readonly WireResource[]): void {
    this.#sent = mark
    this.#carried = carried
    this.#inFlight = true
  }

  /** Reads the nonce and the error of a request. */
  settle(nonce: string, error: RequestError | undefined, atWallMs: number): Settlement {
    // A nonce from before this stream means nothing on it.
    if (nonce === '' || this.#sent === undefined) return 'none'
    if (nonce !== this.#sent.nonce) return 'stale'
    if (!this.#inFlight) return 'repeat'
    this.#inFlight = false
    const mark = { nonce, version: this.#sent.version, atWallMs }
    if (error !== undefined) {
      this.#rejection = { ...mark, ...error }
      return 'nack'
    }
    this.#accepted = mark
    this.#carried = []
    this.#rejection = undefined
    return 'ack'
  }
}
