import { portOf, withoutPort } from './address.ts'
import { asOneWord } from './as-one-word.ts'
import type { FormatContext } from './context.ts'
import type { Read, Value } from './read.ts'
import { tlsOperators } from './tls-operators.ts'

/** Operators without an argument, by name. */
export const plainOperators: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['ACCESS_LOG_TYPE', (it) => it.accessLogType],
  ['BYTES_RECEIVED', (it) => it.bytesReceived ?? 0],
  ['BYTES_SENT', (it) => it.bytesSent ?? 0],
  ['CONNECTION_ID', (it) => it.connectionId],
  ['CONNECTION_TERMINATION_DETAILS', (it) => it.connectionTerminationDetails],
  ['DURATION', (it) => whole(it.durationMs)],
  ['FILTER_CHAIN_NAME', (it) => it.filterChainName],
  ['HOSTNAME', (it) => it.hostname],
  ['PROTOCOL', (it) => it.protocol],
  ['REQUESTED_SERVER_NAME', (it) => it.requestedServerName],
  ['REQUEST_DURATION', (it) => whole(it.requestDurationMs)],
  ['REQUEST_TX_DURATION', (it) => whole(it.requestTxDurationMs)],
  ['RESPONSE_CODE', (it) => it.responseCode ?? 0],
  ['RESPONSE_DURATION', (it) => whole(it.responseDurationMs)],
  ['RESPONSE_FLAGS', (it) => it.responseFlags],
  ['RESPONSE_FLAGS_LONG', (it) => it.responseFlagsLong],
  ['RESPONSE_TX_DURATION', (it) => whole(it.responseTxDurationMs)],
  ['ROUTE_NAME', (it) => it.routeName],
  ['SPAN_ID', (it) => it.spanId],
  ['STREAM_ID', (it) => it.streamId],
  ['TRACE_ID', (it) => it.traceId],
  ['VIRTUAL_CLUSTER_NAME', (it) => it.virtualClusterName],
  ['VIRTUAL_HOST_NAME', (it) => it.virtualHostName],
  ['UPSTREAM_CLUSTER', (it) => it.upstreamCluster],
  ['UPSTREAM_CLUSTER_RAW', (it) => it.upstreamClusterRaw ?? it.upstreamCluster],
  ['UPSTREAM_CONNECTION_ID', (it) => it.upstreamConnectionId],
  ['UPSTREAM_PROTOCOL', (it) => it.upstreamProtocol],
  ['UPSTREAM_REQUEST_ATTEMPT_COUNT', (it) => it.upstreamRequestAttemptCount ?? 0],
  ['UPSTREAM_TRANSPORT_FAILURE_REASON', (it) => asOneWord(it.upstreamTransportFailureReason)],
  ['DOWNSTREAM_HANDSHAKE_DURATION', (it) => whole(it.downstreamHandshakeDurationMs)],
  ['DOWNSTREAM_TRANSPORT_FAILURE_REASON', (it) => asOneWord(it.downstreamTransportFailureReason)],
  ['DOWNSTREAM_WIRE_BYTES_RECEIVED', (it) => it.wireBytes?.downstreamReceived ?? 0],
  ['DOWNSTREAM_WIRE_BYTES_SENT', (it) => it.wireBytes?.downstreamSent ?? 0],
  ['UPSTREAM_WIRE_BYTES_RECEIVED', (it) => it.wireBytes?.upstreamReceived ?? 0],
  ['UPSTREAM_WIRE_BYTES_SENT', (it) => it.wireBytes?.upstreamSent ?? 0],
  ...addressOperators('UPSTREAM_HOST', 'UPSTREAM_REMOTE', (it) => it.upstreamHost),
  ...addressOperators(
    'UPSTREAM_REMOTE_ADDRESS',
    'UPSTREAM_REMOTE',
    (it) => it.upstreamRemoteAddress,
  ),
  ...addressOperators('UPSTREAM_LOCAL_ADDRESS', 'UPSTREAM_LOCAL', (it) => it.upstreamLocalAddress),
  ...addressOperators(
    'DOWNSTREAM_LOCAL_ADDRESS',
    'DOWNSTREAM_LOCAL',
    (it) => it.downstreamLocalAddress,
  ),
  ...addressOperators(
    'DOWNSTREAM_REMOTE_ADDRESS',
    'DOWNSTREAM_REMOTE',
    (it) => it.downstreamRemoteAddress,
  ),
  ...addressOperators(
    'DOWNSTREAM_DIRECT_REMOTE_ADDRESS',
    'DOWNSTREAM_DIRECT_REMOTE',
    (it) => it.downstreamDirectRemoteAddress,
  ),
  ...tlsOperators('DOWNSTREAM', (it) => it.downstreamTls),
  ...tlsOperators('UPSTREAM', (it) => it.upstreamTls),
])

/** Milliseconds as Envoy prints them: whole, rounded down. */
function whole(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.floor(ms)
}

/** The address, the address without its port, and the port. */
function addressOperators(
  name: string,
  prefix: string,
  read: (context: FormatContext) => string | undefined,
): [string, Read][] {
  const mapped =
    (map: (address: string) => Value): Read =>
    (context) => {
      const address = read(context)
      return address === undefined ? undefined : map(address)
    }
  return [
    [name, read],
    [`${name}_WITHOUT_PORT`, mapped(withoutPort)],
    [`${prefix}_PORT`, mapped(portOf)],
  ]
}
