/** What a choice of hosts may look at in a request. */
export interface RequestView {
  /** As it was given: `GET`. Of gRPC always `POST`. */
  readonly method: string
  /** With its query; of gRPC `''`, as its policies are not told. */
  readonly path: string
  /** The first value of a header, by its name in lower case. */
  header(name: string): string | undefined
}

/** What one request asks of the policy. */
export interface RequestChoice {
  /** What ring hash and Maglev hash; without it they take any host. */
  readonly hashKey?: string | undefined
  /** Metadata that the host must have, for subsets. */
  readonly metadataMatch?: Readonly<Record<string, unknown>> | undefined
  /** Addresses to go to if they may be used, best first, for `overrideHost`. */
  readonly overrideHosts?: readonly string[] | undefined
}
