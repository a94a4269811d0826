import { durationMs } from '../duration.ts'
import type { Report } from '../field.ts'
import { grpcStatusCode, grpcStatuses } from '../grpc-status.ts'
import type {
  HttpFaultAbort,
  HttpFaultDelay,
  HttpFaultInjection,
  HttpMatchRequest,
  HttpRedirect,
  HttpRetry,
  HttpRewrite,
  HttpRoute,
  RouteDestination,
} from '../spec/virtual-service.ts'
import { missing } from './missing.ts'

/** A route says where requests go. */
export function routeActs(route: HttpRoute, report: Report): void {
  const acts =
    (route.route?.length ?? 0) > 0 ||
    route.redirect !== undefined ||
    route.directResponse !== undefined ||
    route.delegate !== undefined
  if (!acts) missing(report, [], 'a route needs route, redirect, directResponse or delegate')
}

/** With weights, some destination must get traffic; a lone destination gets all of it, whatever its weight. */
export function weightsSum({ route = [] }: HttpRoute | RoutesByWeight, report: Report): void {
  const total = route.reduce((sum, { weight }) => sum + (weight ?? 0), 0)
  if (total > 0 || route.length === 0) return
  if (route.length > 1) {
    report(['route'], {
      code: 'ERR_CONFIG_WEIGHTS',
      message: 'the weights of all destinations sum to 0: no request could be routed',
      expected: 'a sum above 0',
      got: String(total),
    })
  } else if (route[0]?.weight === 0) {
    report(['route', 0, 'weight'], {
      code: 'WARN_CONFIG_NO_EFFECT',
      severity: 'warning',
      message: 'a lone destination gets all requests, even with weight 0',
    })
  }
}

/** Claims of a token are only known where a token is checked, which is not done yet. */
export function claimsAreChecked(match: HttpMatchRequest, report: Report): void {
  for (const field of ['headers', 'withoutHeaders'] as const) {
    for (const name of Object.keys(match[field] ?? {})) {
      if (!name.startsWith('@')) continue
      report([field, name], {
        code: 'ERR_CONFIG_UNSUPPORTED',
        message: `${name} needs tokens to be checked, which is not done yet`,
        got: name,
      })
    }
  }
}

interface RoutesByWeight {
  readonly route?: readonly RouteDestination[]
}

/** A fault injects something. */
export function faultActs({ delay, abort }: HttpFaultInjection, report: Report): void {
  if (delay === undefined && abort === undefined)
    missing(report, [], 'a fault needs delay or abort')
}

/** A delay has a length. */
export function delayActs({ fixedDelay, exponentialDelay }: HttpFaultDelay, report: Report): void {
  if (fixedDelay === undefined && exponentialDelay === undefined) {
    missing(report, [], 'a delay needs fixedDelay')
  }
}

/** An abort has a status. */
export function abortActs(abort: HttpFaultAbort, report: Report): void {
  const { httpStatus, grpcStatus, http2Error } = abort
  if (httpStatus === undefined && grpcStatus === undefined && http2Error === undefined) {
    missing(report, [], 'an abort needs httpStatus or grpcStatus')
  }
  if (grpcStatus !== undefined && grpcStatusCode(grpcStatus) === undefined) {
    report(['grpcStatus'], {
      code: 'ERR_CONFIG_VALUE',
      message: 'grpcStatus must be the name or the number of a gRPC status',
      expected: grpcStatuses.join(', '),
      got: JSON.stringify(grpcStatus),
    })
  }
}

/** A redirect changes something. */
export function redirectActs(redirect: HttpRedirect, report: Report): void {
  const { uri, authority, scheme, port, derivePort, redirectCode, prefixRewrite } = redirect
  const all = [uri, authority, scheme, port, derivePort, redirectCode, prefixRewrite]
  if (all.every((part) => part === undefined)) {
    missing(report, [], 'a redirect needs uri, authority, scheme, port or redirectCode')
  }
  if (redirectCode === undefined || redirectCodes.includes(redirectCode)) return
  report(['redirectCode'], {
    code: 'WARN_CONFIG_NOT_HONOURED',
    severity: 'warning',
    message: `redirectCode ${redirectCode} is none that a proxy can answer: it will be 301`,
    expected: redirectCodes.join(' or '),
    got: String(redirectCode),
  })
}

const redirectCodes: readonly number[] = [301, 302, 303, 307, 308]

/** A rewrite changes something. */
export function rewriteActs(
  { uri, authority, uriRegexRewrite }: HttpRewrite,
  report: Report,
): void {
  if (uri === undefined && authority === undefined && uriRegexRewrite === undefined) {
    missing(report, [], 'a rewrite needs uri, authority or uriRegexRewrite')
  }
}

/** Retrying is either off or on, and on conditions that exist. */
export function retriesAgree(retry: HttpRetry, report: Report): void {
  const { attempts, perTryTimeout, retryOn } = retry
  if (attempts === 0 && (perTryTimeout !== undefined || (retryOn ?? '') !== '')) {
    report(['attempts'], {
      code: 'ERR_CONFIG_CONFLICT',
      message: 'attempts is 0, which turns retries off, but there is a policy for them',
      expected: 'attempts above 0, or nothing else',
      got: '0',
    })
  }
  for (const condition of (retryOn ?? '').split(',')) {
    const name = condition.trim()
    if (name === '' || retryConditions.includes(name) || /^[1-5]\d\d$/.test(name)) continue
    report(['retryOn'], {
      code: 'ERR_CONFIG_VALUE',
      message: `retryOn knows no condition ${JSON.stringify(name)}`,
      expected: `${retryConditions.join(', ')} or a status code`,
      got: JSON.stringify(name),
    })
  }
}

/** A try that may last longer than the whole request is a slip. */
export function tryFits({ timeout, retries }: HttpRoute, report: Report): void {
  const whole = durationMs(timeout ?? '') ?? 0
  const each = durationMs(retries?.perTryTimeout ?? '') ?? 0
  if (whole === 0 || each <= whole) return
  report(['retries', 'perTryTimeout'], {
    code: 'WARN_CONFIG_NO_EFFECT',
    severity: 'warning',
    message: `perTryTimeout ${retries?.perTryTimeout} is longer than the route's timeout ${timeout}`,
  })
}

/** Envoy's conditions for HTTP and gRPC: docs/root/configuration/http/http_filters/router_filter. */
const retryConditions: readonly string[] = [
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'envoy-ratelimited',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
  'retriable-headers',
  'http3-post-connect-failure',
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
]
