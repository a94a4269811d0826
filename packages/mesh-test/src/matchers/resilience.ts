import { durationMs } from '@meshwright/mesh-config'
import type { Fault } from '../fault.ts'
import type { Mirror } from '../outcome.ts'
import { isSameHost } from './destination.ts'
import { routedFrom, type Verdict, verdict } from './verdict.ts'
import { outcomeWords, percentWords, targetWords } from './words.ts'

/** Milliseconds, or a text such as `1.5s`, `250ms`, `1m30s`. */
export type DurationLike = number | string

/** A fault that is looked for; what is not given does not matter. */
export interface ExpectedFault {
  readonly delay?: DurationLike
  /** The HTTP status of the abort. */
  readonly abort?: number
  /** Percent of the requests, 0 to 100, of whatever of delay and abort is given, or of both. */
  readonly percentage?: number
}

/** Whether its route injects such a fault. */
export function toHaveFault(received: unknown, expected: ExpectedFault = {}): Verdict {
  const routed = routedFrom(received)
  const { fault } = routed
  return verdict(routed, {
    pass: fault !== undefined && isFault(fault, expected),
    wanted: `have a fault ${JSON.stringify(expected)}`,
    got: fault === undefined ? 'no fault' : JSON.stringify(fault),
  })
}

/** Whether its route gives the upstream this long; 0: without end. */
export function toHaveTimeout(received: unknown, timeout: DurationLike): Verdict {
  const routed = routedFrom(received)
  const { outcome } = routed
  const wanted = millisecondsOf(timeout)
  return verdict(routed, {
    pass: outcome.kind === 'forwarded' && outcome.timeoutMs === wanted,
    wanted: `have a timeout of ${wanted} ms`,
    got: outcome.kind === 'forwarded' ? `${outcome.timeoutMs} ms` : outcomeWords(routed),
  })
}

/** Whether its route tries again on a condition, by Envoy's name of it: `5xx`, `connect-failure`. */
export function toRetryOn(
  received: unknown,
  condition: string,
  expected: { readonly attempts?: number; readonly perTryTimeout?: DurationLike } = {},
): Verdict {
  const routed = routedFrom(received)
  const policy = routed.outcome.kind === 'forwarded' ? routed.outcome.retryPolicy : undefined
  const { attempts, perTryTimeout } = expected
  const pass =
    policy?.retryOn.includes(condition) === true &&
    (attempts === undefined || attempts === policy.numRetries) &&
    (perTryTimeout === undefined || millisecondsOf(perTryTimeout) === policy.perTryTimeoutMs)
  return verdict(routed, {
    pass,
    wanted: `retry on ${condition}${optionsWords(expected)}`,
    got:
      policy === undefined
        ? 'no retries'
        : `${policy.numRetries} retries on ${policy.retryOn.join(', ')}, ${policy.perTryTimeoutMs} ms per try`,
  })
}

/** Whether copies of it go to a host. */
export function toMirrorTo(
  received: unknown,
  host: string,
  { percentage, subset }: { readonly percentage?: number; readonly subset?: string } = {},
): Verdict {
  const routed = routedFrom(received)
  const mirrors = routed.outcome.kind === 'forwarded' ? routed.outcome.mirrors : []
  const isWanted = (mirror: Mirror): boolean =>
    isSameHost(routed, mirror.host, host) &&
    (subset === undefined || subset === mirror.subset) &&
    (percentage === undefined || isClose(mirror.percentage, percentage))
  const words = mirrors.map((mirror) => `${percentWords(mirror.percentage)} ${targetWords(mirror)}`)
  return verdict(routed, {
    pass: mirrors.some(isWanted),
    wanted: `be mirrored to ${host}${optionsWords({ subset, percentage })}`,
    got: words.join(', ') || 'no mirror',
  })
}

function isFault({ delay, abort }: Fault, expected: ExpectedFault): boolean {
  const wantsBoth = expected.delay === undefined && expected.abort === undefined
  const looked = [
    ...(wantsBoth || expected.delay !== undefined ? [delay] : []),
    ...(wantsBoth || expected.abort !== undefined ? [abort] : []),
  ].filter((part) => part !== undefined)
  return (
    (expected.delay === undefined || delay?.ms === millisecondsOf(expected.delay)) &&
    (expected.abort === undefined || abort?.httpStatus === expected.abort) &&
    (expected.percentage === undefined ||
      looked.every(({ percentage }) => isClose(percentage, expected.percentage ?? 0)))
  )
}

function isClose(a: number, b: number): boolean {
  // Envoy's fractions are of a million at the finest.
  return Math.abs(a - b) < 1e-4
}

function millisecondsOf(duration: DurationLike): number {
  const ms = typeof duration === 'number' ? duration : durationMs(duration)
  if (ms === undefined) {
    throw new TypeError(
      `expected milliseconds or a duration such as 5s, got ${JSON.stringify(duration)}`,
    )
  }
  return ms
}

function optionsWords(options: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return given.map(([name, value]) => `, ${name} ${String(value)}`).join('')
}
