/**
 * A span of time in proto3 JSON form: decimal seconds and an `s`, as `5s` or `0.100s`. Documents
 * may also say it as Go does (`1h30m`, `250ms`): a spec that was read has the proto form.
 */
export type Duration = string
