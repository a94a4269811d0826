import type {
  AbortFault,
  DelayFault,
  FaultOptions,
  FaultPercentage,
  ThroughputFault,
} from '@meshwright/resilience'
import { durationMs } from '../network/duration.ts'
import type { FractionalPercentJson } from './percentage.ts'
import { denominatorOf } from './percentage.ts'

/** `HTTPFault` in proto3 JSON. */
export interface HttpFaultJson {
  readonly delay?: {
    readonly fixedDelay?: string
    readonly headerDelay?: object
    readonly percentage?: FractionalPercentJson
  }
  readonly abort?: {
    readonly httpStatus?: number
    readonly grpcStatus?: number
    readonly headerAbort?: object
    readonly percentage?: FractionalPercentJson
    readonly responseBody?: string
  }
  readonly responseRateLimit?: {
    readonly fixedLimit?: { readonly limitKbps?: string | number }
    readonly headerLimit?: object
    readonly percentage?: FractionalPercentJson
  }
  readonly maxActiveFaults?: number
}

/**
 * What the fault filter's configuration says of faults, whichever requests they are for.
 *
 * @throws {Error} if a fault does not say what it does
 */
export function faultOptions(json: HttpFaultJson): FaultOptions {
  const { delay, abort, responseRateLimit: limit, maxActiveFaults } = json
  return {
    ...(delay !== undefined && { delay: delayOf(delay) }),
    ...(abort !== undefined && { abort: abortOf(abort) }),
    ...(limit !== undefined && { responseRateLimit: throughputOf(limit) }),
    ...(maxActiveFaults !== undefined && { maxActiveFaults }),
  }
}

function delayOf({
  fixedDelay,
  headerDelay,
  percentage,
}: NonNullable<HttpFaultJson['delay']>): DelayFault {
  const share = { percentage: shareOf(percentage) }
  if (headerDelay !== undefined) return { ...share, fromHeader: true }
  return { ...share, fixedMs: durationMs(fixedDelay, 0) }
}

function abortOf(abort: NonNullable<HttpFaultJson['abort']>): AbortFault {
  const share = { percentage: shareOf(abort.percentage) }
  if (abort.headerAbort !== undefined) return { ...share, fromHeader: true }
  if (abort.httpStatus !== undefined) return { ...share, httpStatus: abort.httpStatus }
  if (abort.grpcStatus !== undefined) return { ...share, grpcStatus: abort.grpcStatus }
  throw new Error('abort: expected http_status, grpc_status or header_abort, got none')
}

function throughputOf(limit: NonNullable<HttpFaultJson['responseRateLimit']>): ThroughputFault {
  const share = { percentage: shareOf(limit.percentage) }
  if (limit.headerLimit !== undefined) return { ...share, fromHeader: true }
  return { ...share, kibPerSecond: Number(limit.fixedLimit?.limitKbps ?? 0) }
}

/** Nothing said: no requests. */
function shareOf(percentage: FractionalPercentJson | undefined): FaultPercentage {
  return { numerator: percentage?.numerator ?? 0, denominator: denominatorOf(percentage) }
}
