import type { RetryPolicy } from '@meshwright/route-matcher'
import type { HeaderList } from '../http/header-list.ts'
import type { RequestHead, ResetReason, ResponseHead } from '../http/stream.ts'

/** Why a try came to nothing: its stream was reset, or it took too long. */
export type TryFailure = ResetReason | 'per-try-timeout'

const conditionsOfGrpc: Readonly<Record<string, string>> = {
  1: 'cancelled',
  4: 'deadline-exceeded',
  8: 'resource-exhausted',
  13: 'internal',
  14: 'unavailable',
}

const defaultBackOff = { baseMs: 25, maxMs: 250 }

/** Whether and when one request is tried again: the policy of its route, and what its own headers say. */
export class RetryState {
  readonly #policy: RetryPolicy | undefined
  readonly #on: ReadonlySet<string>
  readonly #codes: ReadonlySet<number>
  #left: number
  #retries = 0

  /** Takes the headers that steer retries out of `head`. */
  constructor(head: RequestHead, policy: RetryPolicy | undefined) {
    const said = [
      ...takeList(head.headers, 'x-envoy-retry-on'),
      ...takeList(head.headers, 'x-envoy-retry-grpc-on'),
    ]
    const codes = takeList(head.headers, 'x-envoy-retriable-status-codes').map(Number)
    const most = takeList(head.headers, 'x-envoy-max-retries').map(Number)[0]
    const applies = policy?.isRetriableRequest((name) => head.headers.get(name)) !== false
    this.#policy = applies ? policy : undefined
    this.#on = new Set([...(this.#policy?.retryOn ?? []), ...said])
    this.#codes = new Set([...(this.#policy?.retriableStatusCodes ?? []), ...codes])
    const allowed = Number.isInteger(most) ? most : undefined
    this.#left = this.#on.size === 0 ? 0 : (allowed ?? this.#policy?.numRetries ?? 1)
  }

  /** A retry may still come. */
  get possible(): boolean {
    return this.#left > 0
  }

  get hostSelectionMaxAttempts(): number {
    return this.#policy?.hostSelectionMaxAttempts ?? 1
  }

  /** Hosts tried before are to be avoided. */
  get avoidsPreviousHosts(): boolean {
    return this.#policy?.hostPredicates.some((it) => it.endsWith('previous_hosts')) === true
  }

  wantsRetryOf(head: ResponseHead): boolean {
    const { status, headers } = head
    if (headers.has('x-envoy-ratelimited')) return this.#on.has('envoy-ratelimited')
    if (status >= 500 && this.#on.has('5xx')) return true
    if (status >= 502 && status <= 504 && this.#on.has('gateway-error')) return true
    if (status === 409 && this.#on.has('retriable-4xx')) return true
    if (this.#on.has('retriable-status-codes') && this.#codes.has(status)) return true
    const grpc = conditionsOfGrpc[headers.get('grpc-status') ?? '']
    if (grpc !== undefined && this.#on.has(grpc)) return true
    return (
      this.#on.has('retriable-headers') &&
      this.#policy?.isRetriableResponse((name) => headers.get(name)) === true
    )
  }

  /** @param sent whether anything of the request had gone out */
  wantsRetryAfter(failure: TryFailure, sent: boolean): boolean {
    if (failure === 'overflow') return false
    if (this.#on.has('reset') || this.#on.has('5xx') || this.#on.has('gateway-error')) return true
    if (this.#on.has('reset-before-request') && !sent) return true
    const connect = failure === 'connection-failure' || failure === 'connect-timeout'
    return connect && this.#on.has('connect-failure')
  }

  /** Uses up one retry; how long to wait before it. */
  nextDelayMs(random: () => number, head: ResponseHead | undefined): number {
    this.#left -= 1
    this.#retries += 1
    const said = head === undefined ? undefined : this.#saidDelay(head)
    if (said !== undefined) return said
    const { baseMs, maxMs } = this.#policy?.backOff ?? defaultBackOff
    return random() * Math.min(baseMs * 2 ** (this.#retries - 1), maxMs)
  }

  /** What the upstream's own headers say, in seconds. */
  #saidDelay({ headers }: ResponseHead): number | undefined {
    const limited = this.#policy?.rateLimitedBackOff
    for (const { name, format } of limited?.resetHeaders ?? []) {
      const text = headers.get(name)
      if (format !== 'SECONDS' || text === undefined || !/^\d{1,6}$/.test(text)) continue
      const ms = Number(text) * 1000
      if (limited !== undefined && ms <= limited.maxMs) return ms
    }
    return undefined
  }
}

function takeList(headers: HeaderList, name: string): string[] {
  const text = headers.get(name)
  if (text === undefined) return []
  headers.remove(name)
  return text.split(',').flatMap((it) => it.trim() || [])
}
