/** A resource as it came, not looked into yet. */
export interface RawResource {
  /** As the response says; undefined where only the resource itself does (state of the world). */
  readonly name: string | undefined
  readonly version: string
  readonly typeUrl: string
  /** Undefined: a heartbeat, which says that the resource stays as it is. */
  readonly bytes: Uint8Array | undefined
}

/** A response of either variant. */
export interface AdsResponse {
  readonly typeUrl: string
  /** Of the response as a whole. */
  readonly version: string
  readonly nonce: string
  /** What the control plane calls itself; empty if it does not say. */
  readonly controlPlane: string
  readonly resources: readonly RawResource[]
  /** Names that the control plane no longer has; delta only. */
  readonly removed: readonly string[]
}
