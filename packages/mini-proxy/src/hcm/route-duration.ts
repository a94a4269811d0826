import { parseGrpcTimeout } from '@meshwright/resilience'
import type { ClusterAction } from '@meshwright/route-matcher'
import type { RequestHead } from '../http/stream.ts'

/**
 * How long the route lets the stream of a request live, in milliseconds; 0: as long as it likes; undefined: the connection
 * manager decides. A `grpc-timeout` that decides goes upstream as the route bounds it.
 */
export function routeDurationMs(head: RequestHead, action: ClusterAction): number | undefined {
  const { maxStreamDurationMs, grpcTimeoutHeaderMaxMs: most, grpcTimeoutHeaderOffsetMs } = action
  const said = most === undefined ? undefined : parseGrpcTimeout(head.headers.get('grpc-timeout'))
  if (said === undefined || most === undefined) return maxStreamDurationMs
  const bounded = most > 0 && said > most ? most : said
  const ms = bounded > grpcTimeoutHeaderOffsetMs ? bounded - grpcTimeoutHeaderOffsetMs : bounded
  head.headers.set('grpc-timeout', `${ms}m`)
  return ms
}
