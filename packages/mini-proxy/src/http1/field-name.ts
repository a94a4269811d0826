/**
 * Lower-case names of the header fields that most messages carry, found without making a string: as they stand in a head,
 * at `text[at]` up to `text[colon]`. Equal names are the same string, so that comparing them is comparing addresses.
 */
export function lowerFieldName(text: string, at: number, colon: number): string {
  const length = colon - at
  const slot = slotOf(length, text.charCodeAt(at), text.charCodeAt(colon - 1))
  const raw = raws[slot]
  if (raw !== undefined && raw.length === length && text.startsWith(raw, at)) {
    return lowers[slot] ?? ''
  }
  return text.slice(at, colon).toLowerCase()
}

const slots = 512
const raws: (string | undefined)[] = new Array(slots).fill(undefined)
const lowers: (string | undefined)[] = new Array(slots).fill(undefined)

/** Small enough to cost nothing, and tells the names below apart well enough: one that finds its slot taken is made anew. */
function slotOf(length: number, first: number, last: number): number {
  return (length * 37 + first * 5 + last * 17) & (slots - 1)
}

const common =
  'accept accept-encoding accept-language accept-ranges access-control-allow-origin age alt-svc authorization cache-control connection ' +
  'content-disposition content-encoding content-language content-length content-type cookie date etag expect expires forwarded ' +
  'grpc-accept-encoding grpc-encoding grpc-message grpc-status grpc-timeout host if-match if-modified-since if-none-match keep-alive ' +
  'last-modified location origin pragma range referer retry-after server set-cookie strict-transport-security te traceparent ' +
  'tracestate trailer transfer-encoding upgrade user-agent vary via x-b3-traceid x-b3-spanid x-b3-sampled x-content-type-options ' +
  'x-envoy-attempt-count x-envoy-upstream-service-time x-forwarded-client-cert x-forwarded-for x-forwarded-host x-forwarded-port ' +
  'x-forwarded-proto x-frame-options x-powered-by x-real-ip x-request-id'

for (const lower of common.split(' ')) {
  const capital = lower.replace(/(?:^|-)[a-z]/g, (it) => it.toUpperCase())
  for (const raw of [lower, capital]) {
    const slot = slotOf(raw.length, raw.charCodeAt(0), raw.charCodeAt(raw.length - 1))
    if (raws[slot] !== undefined) continue
    raws[slot] = raw
    // A property key is kept once by the engine, as the names in this program's text are.
    lowers[slot] = Object.keys({ [lower]: 0 })[0] ?? lower
  }
}
