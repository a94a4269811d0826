import { WordTable } from './word-table.ts'

/** Names of fields that say something of one hop: they are first among `commonNames`. */
const hopNames =
  'host content-length transfer-encoding connection expect upgrade te keep-alive proxy-connection http2-settings'.split(
    ' ',
  )

/** How many of `commonNames` concern this hop and need a look. */
export const hopNameCount: number = hopNames.length

const otherNames =
  'accept accept-charset accept-encoding accept-language accept-ranges access-control-allow-credentials ' +
  'access-control-allow-headers access-control-allow-methods access-control-allow-origin access-control-expose-headers ' +
  'access-control-max-age access-control-request-headers access-control-request-method age allow alt-svc authorization ' +
  'baggage cache-control content-disposition content-encoding content-language content-location content-range ' +
  'content-security-policy content-type cookie cross-origin-opener-policy cross-origin-resource-policy date dnt etag expires ' +
  'forwarded from grpc-accept-encoding grpc-encoding grpc-message grpc-status grpc-timeout if-match if-modified-since ' +
  'if-none-match if-range if-unmodified-since last-modified link location max-forwards origin permissions-policy pragma ' +
  'priority proxy-authenticate proxy-authorization range referer referrer-policy retry-after sec-ch-ua sec-ch-ua-mobile ' +
  'sec-ch-ua-platform sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user sec-websocket-accept ' +
  'sec-websocket-extensions sec-websocket-key sec-websocket-protocol sec-websocket-version server server-timing set-cookie ' +
  'strict-transport-security timing-allow-origin traceparent tracestate trailer upgrade-insecure-requests user-agent vary via ' +
  'www-authenticate x-b3-parentspanid x-b3-sampled x-b3-spanid x-b3-traceid x-cache x-content-type-options ' +
  'x-envoy-attempt-count x-envoy-upstream-service-time x-forwarded-client-cert x-forwarded-for x-forwarded-host ' +
  'x-forwarded-port x-forwarded-proto x-frame-options x-powered-by x-real-ip x-request-id x-requested-with x-xss-protection'

/** Lower-case names of the header fields that most messages carry. */
export const commonNames: WordTable = new WordTable([...hopNames, ...otherNames.split(' ')])
