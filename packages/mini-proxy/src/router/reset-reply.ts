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
  'local-reset': { words: 'local reset', status: 503, flag: 'LR' },
  overflow: { words: 'overflow', status: 503, flag: 'UO' },
  'protocol-error': { words: 'protocol error', status: 502, flag: 'UPE' },
}

/** The response flag of a reset. */
export function resetFlag(reason: ResetReason): string {
  return forms[reason].flag
}

/** What Envoy answers when the upstream went away before it answered. */
export function resetReply(reason: ResetReason, transportFailure: string | undefined): LocalReply {
  const { words, status, flag } = forms[reason]
  const transport = transportFailure === undefined ? '' : transportReason(transportFailure)
  return {
    status,
    body: `upstream connect error or disconnect/reset before headers. reset reason: ${words}${transport}`,
    details: `upstream_reset_before_response_started{${words.replaceAll(' ', '_')}}`,
    flag,
    ...(reason === 'overflow' && { headers: { 'x-envoy-overloaded': 'true' } }),
  }
}

function transportReason(failure: string): string {
  if (!failure.includes('ECONNREFUSED')) return ''
  return ', transport failure reason: delayed connect error: Connection refused'
}

/** What Envoy answers when the upstream took too long. */
export const timeoutReply: LocalReply = {
  status: 504,
  body: 'upstream request timeout',
  details: 'response_timeout',
  flag: 'UT',
}
