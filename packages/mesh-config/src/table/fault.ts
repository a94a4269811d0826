import {
  deprecated,
  integer,
  type Message,
  message,
  pending,
  percentage,
  positiveDuration,
  text,
  wholePercent,
} from '../field.ts'
import { abortActs, delayActs, faultActs } from '../rule/http-route.ts'
import type {
  HttpFaultAbort,
  HttpFaultDelay,
  HttpFaultInjection,
  Percent,
} from '../spec/virtual-service.ts'

/** The fields of {@link Percent}. */
export const percent: Message<Percent> = message('Percent', { value: percentage })
/** The fields of {@link HttpFaultDelay}. */
const httpFaultDelay: Message<HttpFaultDelay> = message(
  'HTTPFaultInjection.Delay',
  {
    percent: deprecated(wholePercent, 'percentage'),
    fixedDelay: positiveDuration,
    exponentialDelay: pending(positiveDuration),
    percentage: percent,
  },
  { oneOf: [['fixedDelay', 'exponentialDelay']], rules: [delayActs] },
)
/** The fields of {@link HttpFaultAbort}. */
const httpFaultAbort: Message<HttpFaultAbort> = message(
  'HTTPFaultInjection.Abort',
  {
    httpStatus: integer(200, 599),
    grpcStatus: text,
    http2Error: pending(text),
    percentage: percent,
  },
  { oneOf: [['httpStatus', 'grpcStatus', 'http2Error']], rules: [abortActs] },
)
/** The fields of {@link HttpFaultInjection}. */
export const httpFaultInjection: Message<HttpFaultInjection> = message(
  'HTTPFaultInjection',
  {
    delay: httpFaultDelay,
    abort: httpFaultAbort,
  },
  { rules: [faultActs] },
)
