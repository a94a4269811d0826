/** How much of what is cheap to send and costs this side work a peer may send. */
export interface FloodLimits {
  readonly maxConsecutiveEmptyFrames: number
  readonly maxPriorityFramesPerStream: number
  readonly maxWindowUpdatesPerDataFrame: number
}

/** What a peer overdid. */
export type Flood = 'empty frames' | 'priority' | 'window updates'

/** Counts the frames of one connection that a peer could flood it with; the rules are those of Envoy's options. */
export class FloodGuard {
  readonly #limits: FloodLimits
  #empty = 0
  #priorities = 0
  #windowUpdates = 0
  /** Streams opened; kept by the connection. */
  streams = 0
  /** DATA frames sent; kept by the connection. */
  dataFrames = 0

  constructor(limits: FloodLimits) {
    this.#limits = limits
  }

  /** HEADERS, CONTINUATION or DATA with so many bytes in it. */
  onPayload(bytes: number, endStream: boolean): Flood | undefined {
    if (bytes > 0 || endStream) {
      this.#empty = 0
      return undefined
    }
    this.#empty += 1
    return this.#empty > this.#limits.maxConsecutiveEmptyFrames ? 'empty frames' : undefined
  }

  onPriority(): Flood | undefined {
    this.#priorities += 1
    const most = this.#limits.maxPriorityFramesPerStream * (1 + this.streams)
    return this.#priorities > most ? 'priority' : undefined
  }

  onWindowUpdate(): Flood | undefined {
    this.#windowUpdates += 1
    const perData = this.#limits.maxWindowUpdatesPerDataFrame * this.dataFrames
    return this.#windowUpdates > 5 + 2 * (this.streams + perData) ? 'window updates' : undefined
  }
}
