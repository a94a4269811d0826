/** A resource that was found good. */
export interface Stored<Json> {
  readonly name: string
  readonly version: string
  /** Equal for equal bytes. */
  readonly fingerprint: string
  /** The same object for as long as the bytes stay equal. */
  readonly json: Json
  /** Milliseconds since the epoch at which these bytes came. */
  readonly lastUpdated: number
}

/** A resource that was refused. */
export interface Refused {
  /** Undefined if it could not even be read. */
  readonly name: string | undefined
  readonly version: string
  readonly reason: string
}

/** What a response comes to, once judged. */
export interface Update<Json> {
  /** The version of the response as a whole. */
  readonly version: string
  readonly accepted: readonly Stored<Json>[]
  readonly refused: readonly Refused[]
  /** Names that the control plane no longer has. */
  readonly removed: readonly string[]
  /** The reason of the NACK; undefined: all of it was good. */
  readonly fault: string | undefined
}
