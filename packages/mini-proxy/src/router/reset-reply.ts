import type { LocalReply } from '../filters/http-filter.ts'
import type { ResetReason } from '../http/stream.ts'

interface Form {
  readonly words: string
  readonly status: number
  readonly flag: string
}

const forms: Readonly<Record<ResetReason, Form>> = {
  'connection-failure': { words: 'remote connection failure', status: 503, flag: 'UF' },
  'connect-timeout': { words: 'connection timeout', status: 503, flag: 'UF' },
  'connection-termination': { words: 'connection termination', status: 503, flag: 'UC' },
  'remote-reset': { words: 'remote reset', status: 503, flag: 'UR' },
  'refused-stream': { words: 'remote refused stream reset', status: 503, flag: 'UR' },
  'local-reset': { words: 'local reset', status: 503, flag: 'LR' },
  overflow: { words: 'overflow', status: 503, flag: 'UO' },
  'protocol-error': { words: 'protocol error', status: 502, flag: 'UPE' },
}

/** What the access log says of a reset after the response had begun. */
export function lateResetDetails(reason: ResetReason): string {
  return `upstream_reset_after_response_started{${underscored(forms[reason].words)}}`
}

/** What Envoy answers when the upstream went away before it answered. */
export function resetReply(
  reason: ResetReason,
  retried: boolean,
  transportFailure = '',
): LocalReply {
  const { words, status, flag } = forms[reason]
  const refused = transportFailure.includes('ECONNREFUSED')
  const transport = refused ? '|delayed_connect_error:_Connection_refused' : ''
  const which = retried ? 'retried and the latest reset reason' : 'reset reason'
  return {
    status,
    body: `upstream connect error or disconnect/reset before headers. ${which}: ${words}`,
    details: `upstream_reset_before_response_started{${underscored(words)}${transport}}`,
    flag,
    ...(reason === 'overflow' && { headers: { 'x-envoy-overloaded': 'true' } }),
  }
}

function underscored(words: string): string {
  return words.replaceAll(' ', '_')
}

/** What Envoy answers when the upstream took too long. */
export function timeoutReply(
  status: 204 | 504,
  details:
    | 'response_timeout'
    | 'upstream_per_try_timeout'
    | 'upstream_per_try_idle_timeout' = 'response_timeout',
): LocalReply {
  const body = status === 504 ? 'upstream request timeout' : ''
  return { status, body, details, flag: 'UT' }
}

/** The answer where the cluster has nobody to ask. */
export const noHostReply: LocalReply = {
  status: 503,
  body: 'no healthy upstream',
  details: 'no_healthy_upstream',
  flag: 'UH',
}

/** The answer to a request whose body became too long to be sent again, while it waited for that. */
export const tooLongReply: LocalReply = {
  status: 507,
  body: 'exceeded request buffer limit while retrying upstream',
  details: 'request_payload_exceeded_retry_buffer_limit',
}

/** The answer to a request that took longer than a stream may live. */
export function durationReply(requestEnded: boolean): LocalReply {
  return {
    status: requestEnded ? 504 : 408,
    body: 'upstream max stream duration reached',
    details: 'upstream_max_stream_duration_reached',
    flag: 'UMSDR',
  }
}
