/** The fields of `HttpConnectionManager` that this proxy reads, in proto3 JSON. */
export interface HttpConnectionManagerJson {
  statPrefix?: string
  [field: string]: unknown
}
