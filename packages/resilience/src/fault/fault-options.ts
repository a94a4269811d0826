import { badOption, checkCount, checkMs } from '../check-option.ts'
import type { HeaderLookup } from '../retry/retry-options.ts'

/** What to do to requests and their responses on purpose. Envoy: the filter `envoy.filters.http.fault`. */
export interface FaultOptions {
  readonly delay?: DelayFault
  readonly abort?: AbortFault
  readonly responseRateLimit?: ThroughputFault
  /** While so many requests have a fault, others have none. Default: no bound. Envoy: `max_active_faults`. */
  readonly maxActiveFaults?: number
  /** Which requests. Default: all. Envoy: `headers`, `upstream_cluster`, `downstream_nodes`. */
  appliesTo?(header: HeaderLookup): boolean
}

/** Wait before the request goes on. */
export type DelayFault = Share &
  (
    | { readonly fixedMs: number }
    /** By `x-envoy-fault-delay-request`, in milliseconds. */
    | { readonly fromHeader: true }
  )

/** Answer at once. */
export type AbortFault = Share &
  (
    | { readonly httpStatus: number }
    | { readonly grpcStatus: number }
    /** By `x-envoy-fault-abort-request`, or else `x-envoy-fault-abort-grpc-request`. */
    | { readonly fromHeader: true }
  )

/** Send the response slowly. */
export type ThroughputFault = Share &
  (
    | { readonly kibPerSecond: number }
    /** By `x-envoy-fault-throughput-response`, in KiB a second. */
    | { readonly fromHeader: true }
  )

/** Of so many requests, so many. */
export interface Share {
  readonly percentage: FaultPercentage
}

/** A fraction; with `fromHeader` a header `…-percentage` may make the numerator less, never more. */
export interface FaultPercentage {
  readonly numerator: number
  /** Default: 100. */
  readonly denominator?: 100 | 10_000 | 1_000_000
}

/** What an abort answers. */
export type FaultAbort = { readonly httpStatus: number } | { readonly grpcStatus: number }

const leastStatus = 200
const mostStatus = 599

/** Whether a status can be answered. */
export function isStatus(status: number): boolean {
  return Number.isInteger(status) && status >= leastStatus && status <= mostStatus
}

/**
 * Checks everything that is known before a request comes.
 *
 * @throws {ResilienceError} `ERR_RESILIENCE_OPTION`
 */
export function checkFaults({
  delay,
  abort,
  responseRateLimit,
  maxActiveFaults,
}: FaultOptions): void {
  for (const [name, it] of Object.entries({ delay, abort, responseRateLimit })) {
    if (it !== undefined) checkPercentage(`${name}.percentage`, it.percentage)
  }
  if (delay !== undefined && 'fixedMs' in delay) checkMs('delay.fixedMs', delay.fixedMs)
  if (abort !== undefined && 'httpStatus' in abort && !isStatus(abort.httpStatus)) {
    const expected = `a status from ${leastStatus} to ${mostStatus}`
    throw badOption('abort.httpStatus', expected, abort.httpStatus)
  }
  if (abort !== undefined && 'grpcStatus' in abort) checkCount('abort.grpcStatus', abort.grpcStatus)
  if (responseRateLimit !== undefined && 'kibPerSecond' in responseRateLimit) {
    checkCount('responseRateLimit.kibPerSecond', responseRateLimit.kibPerSecond, 1)
  }
  if (maxActiveFaults !== undefined) checkCount('maxActiveFaults', maxActiveFaults)
}

function checkPercentage(name: string, { numerator, denominator = 100 }: FaultPercentage): void {
  checkCount(`${name}.numerator`, numerator)
  if (![100, 10_000, 1_000_000].includes(denominator)) {
    throw badOption(`${name}.denominator`, '100, 10 000 or 1 000 000', denominator)
  }
}
