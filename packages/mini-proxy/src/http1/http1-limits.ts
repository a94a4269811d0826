/** How much of a message a peer may make this side hold. */
export interface Http1Limits {
  /** Bytes of start line and headers together, and of a trailer section. Envoy: max_request_headers_kb. */
  readonly maxHeadBytes: number
  /** Header lines, and trailer lines. Envoy: max_headers_count. */
  readonly maxHeaders: number
  /** Whether trailers are passed on; they are checked and dropped if not. Envoy: enable_trailers. */
  readonly trailers: boolean
}

/** Envoy's defaults. */
export const defaultHttp1Limits: Http1Limits = {
  maxHeadBytes: 60 * 1024,
  maxHeaders: 100,
  trailers: false,
}

/** Bytes of chunk extensions, all of one message together; they carry nothing that is passed on. */
export const maxChunkExtensionBytes = 4096
