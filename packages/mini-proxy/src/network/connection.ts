/** A connection, as those see it who do not move its bytes: a socket of Node, or a TCP connection without one. */
export interface Connection {
  readonly destroyed: boolean
  /** Ends it now, with whatever was not written yet. */
  destroy(): unknown
  /** `close` comes once, when all is over. Listeners are called in their order, and not from inside of `destroy`. */
  on(event: 'close', listener: () => void): unknown
  off(event: 'close', listener: () => void): unknown
}

/** A connection that is being made. */
export interface OutgoingConnection extends Connection {
  /** Which of the two says that bytes may flow, its maker knows. */
  once(event: 'connect' | 'secureConnect', listener: () => void): unknown
  on(event: 'close', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'close', listener: () => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly bytesRead: number
  readonly bytesWritten: number
}
