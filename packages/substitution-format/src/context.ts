/**
 * What a format can ask about one request. Everything is optional: what is missing prints as `-`.
 * Names of headers are lower-case. Durations are milliseconds.
 */
export interface FormatContext {
  requestHeader?(lowerName: string): string | undefined
  responseHeader?(lowerName: string): string | undefined
  responseTrailer?(lowerName: string): string | undefined
  /** Wall time at which the request arrived, milliseconds since 1970. */
  readonly startTime?: number | undefined
  /** `HTTP/1.1` and the like. */
  readonly protocol?: string | undefined
  readonly upstreamProtocol?: string | undefined
  /** 0 if there was no response. */
  readonly responseCode?: number | undefined
  readonly responseCodeDetails?: string | undefined
  /** Envoy's short flags joined by a comma, for example `UF,URX`. Empty or missing: `-`. */
  readonly responseFlags?: string | undefined
  /** The same, by their long names, for example `UpstreamConnectionFailure`. */
  readonly responseFlagsLong?: string | undefined
  readonly connectionTerminationDetails?: string | undefined
  /** Body bytes. */
  readonly bytesReceived?: number | undefined
  /** Body bytes. */
  readonly bytesSent?: number | undefined
  /** Bytes on the wire, headers included, for the operators that count them. */
  readonly wireBytes?: WireBytes | undefined
  /** From the first byte of the request to the last byte out. */
  readonly durationMs?: number | undefined
  /** To the last byte of the request received. */
  readonly requestDurationMs?: number | undefined
  /** To the last byte of the request sent upstream. */
  readonly requestTxDurationMs?: number | undefined
  /** To the first byte of the response from upstream. */
  readonly responseDurationMs?: number | undefined
  /** From the first byte of the response from upstream to the last byte sent downstream. */
  readonly responseTxDurationMs?: number | undefined
  readonly downstreamHandshakeDurationMs?: number | undefined
  /** `ip:port`. */
  readonly upstreamHost?: string | undefined
  /** `ip:port` of the other end of the upstream connection; undefined if there was none. */
  readonly upstreamRemoteAddress?: string | undefined
  readonly upstreamCluster?: string | undefined
  /** As `upstreamCluster`, before an alternative name for statistics. */
  readonly upstreamClusterRaw?: string | undefined
  /** `ip:port` of this end of the upstream connection. */
  readonly upstreamLocalAddress?: string | undefined
  readonly upstreamTransportFailureReason?: string | undefined
  readonly upstreamRequestAttemptCount?: number | undefined
  readonly upstreamConnectionId?: number | undefined
  readonly upstreamTls?: TlsContext | undefined
  /** `ip:port`, after `x-forwarded-for` and the PROXY protocol. */
  readonly downstreamRemoteAddress?: string | undefined
  /** `ip:port` of the connection itself. */
  readonly downstreamDirectRemoteAddress?: string | undefined
  /** `ip:port`. */
  readonly downstreamLocalAddress?: string | undefined
  readonly downstreamTransportFailureReason?: string | undefined
  readonly downstreamTls?: TlsContext | undefined
  /** The server name that the client asked for. */
  readonly requestedServerName?: string | undefined
  readonly routeName?: string | undefined
  readonly virtualHostName?: string | undefined
  readonly virtualClusterName?: string | undefined
  readonly connectionId?: number | undefined
  readonly streamId?: string | undefined
  readonly filterChainName?: string | undefined
  readonly hostname?: string | undefined
  /** Text of a reply that the proxy made itself. */
  readonly localReplyBody?: string | undefined
  readonly accessLogType?: string | undefined
  readonly traceId?: string | undefined
  readonly spanId?: string | undefined
  dynamicMetadata?(namespace: string, path: readonly string[]): unknown
  clusterMetadata?(namespace: string, path: readonly string[]): unknown
  upstreamMetadata?(namespace: string, path: readonly string[]): unknown
  routeMetadata?(namespace: string, path: readonly string[]): unknown
  filterState?(key: string): unknown
  upstreamFilterState?(key: string): unknown
  environment?(name: string): string | undefined
  /** Wall time now, for EMIT_TIME; milliseconds since 1970. */
  now?(): number
}

/** What a TLS connection knows of itself and of its peer. */
export interface TlsContext {
  readonly version?: string | undefined
  readonly cipher?: string | undefined
  readonly sessionId?: string | undefined
  readonly peerSubject?: string | undefined
  readonly peerIssuer?: string | undefined
  readonly peerSerial?: string | undefined
  /** Hexadecimal SHA-256. */
  readonly peerFingerprint256?: string | undefined
  /** Hexadecimal SHA-1. */
  readonly peerFingerprint1?: string | undefined
  readonly peerUriSans?: readonly string[] | undefined
  readonly peerDnsSans?: readonly string[] | undefined
  readonly peerIpSans?: readonly string[] | undefined
  /** URL-encoded PEM. */
  readonly peerCertificate?: string | undefined
  /** Milliseconds since 1970. */
  readonly peerValidFrom?: number | undefined
  /** Milliseconds since 1970. */
  readonly peerValidUntil?: number | undefined
  readonly localSubject?: string | undefined
  readonly localUriSans?: readonly string[] | undefined
  readonly localDnsSans?: readonly string[] | undefined
  readonly localIpSans?: readonly string[] | undefined
}

/** Bytes on the wire of one request, headers and framing included. */
export interface WireBytes {
  readonly downstreamReceived?: number | undefined
  readonly downstreamSent?: number | undefined
  readonly upstreamReceived?: number | undefined
  readonly upstreamSent?: number | undefined
}
