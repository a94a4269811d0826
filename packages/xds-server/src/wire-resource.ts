/** One resource, encoded once and shared by every stream that it goes to. */
export interface WireResource {
  readonly typeUrl: string
  readonly name: string
  /** A hash of the encoded resource: equal resources have equal versions, across restarts too. */
  readonly version: string
  /** The encoded `google.protobuf.Any`. */
  readonly any: Uint8Array
  /** What a client asks for because of this resource: endpoints of a cluster, routes of a listener. */
  readonly dependents: readonly string[]
  /** The resource as it was given, in proto3 JSON. */
  readonly json: object
}
