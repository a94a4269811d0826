/** One case of a router check file: a request, and what must become of it. */
export interface RouterTest {
  readonly name: string
  readonly input: RouterTestInput
  readonly validate: RouterTestAssertion
}

/** A header and one value of it. */
export type HeaderPair = readonly [name: string, value: string]

/** The request, and what surrounds it. */
export interface RouterTestInput {
  readonly authority: string
  readonly path: string
  readonly method: string
  /** The draw that decides weights and fractions. */
  readonly random: number
  /** The scheme is https, and `x-forwarded-proto` says so. */
  readonly ssl: boolean
  /** `x-envoy-internal: true`. */
  readonly internal: boolean
  /** The one runtime key that is on: routes with the fraction of another are never taken. `''`: none. */
  readonly runtime: string
  readonly requestHeaders: readonly HeaderPair[]
  /** What the upstream answers. */
  readonly responseHeaders: readonly HeaderPair[]
  /** Dynamic metadata by namespace, merged already. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** What is compared; undefined: not at all. An empty text expects nothing: no cluster, no rewrite, no redirect. */
export interface RouterTestAssertion {
  readonly clusterName: string | undefined
  readonly virtualClusterName: string | undefined
  readonly virtualHostName: string | undefined
  readonly pathRewrite: string | undefined
  readonly hostRewrite: string | undefined
  readonly pathRedirect: string | undefined
  readonly codeRedirect: number | undefined
  readonly timeoutMs: number | undefined
  readonly routeMetadata: readonly RouteMetadataAssertion[]
  /** The older, deprecated way to compare headers. */
  readonly requestHeaderFields: readonly HeaderPair[]
  readonly responseHeaderFields: readonly HeaderPair[]
  /** Header matchers as the file has them, in either spelling. */
  readonly requestHeaderMatches: readonly HeaderMatch[]
  readonly responseHeaderMatches: readonly HeaderMatch[]
}

/** A value in the route's `metadata.filter_metadata`. */
export interface RouteMetadataAssertion {
  readonly namespace: string
  readonly key: string
  /** A text, or any other JSON value. */
  readonly value: unknown
}

/** Envoy's HeaderMatcher as JSON. */
export type HeaderMatch = Readonly<Record<string, unknown>>

/** A file of them. */
export interface RouterTestFile {
  readonly tests: readonly RouterTest[]
}
