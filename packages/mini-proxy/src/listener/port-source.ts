/** A port that a listener wants. */
export interface PortClaim {
  /** The same for the same port of the same listener, also where the system chooses the number. */
  readonly key: string
  readonly address: string
  /** 0: one that the system chooses. */
  readonly port: number
}

/** A bound socket; closing it leaves those that others have of it alone. */
export interface HeldSocket {
  close(): void
}

/** Ports that somebody holds who outlives this process. */
export interface PortSource {
  /** Gives what `net.Server#listen` takes: bound, perhaps listening already. Rejects with the system's error. */
  claim(claim: PortClaim): Promise<HeldSocket>
  /** It is not wanted here any more; the server on it is closed. */
  release(key: string): void
}
