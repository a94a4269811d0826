import type { RetryPolicyJson } from '../config/action-config.ts'
import type { HeaderMatcherJson } from '../config/config.ts'
import { durationMs } from '../config/duration.ts'
import { enumName } from '../config/enum-name.ts'
import { type Findings, fault } from '../config/findings.ts'
import { compileHeaderMatcher } from '../predicate/header-matcher.ts'
import type { RetryPolicy } from './retry-policy.ts'

/** Compiles a retry policy with Envoy's defaults filled in. */
export function compileRetryPolicy(
  policy: RetryPolicyJson,
  path: string,
  findings: Findings,
): RetryPolicy {
  const isRetriable = (field: 'retriableHeaders' | 'retriableRequestHeaders'): HeaderCheck =>
    anyHeader(policy[field] ?? [], `${path}.${field}`, findings)
  const requestHeaders = policy.retriableRequestHeaders ?? []
  return {
    retryOn: (policy.retryOn ?? '').split(',').flatMap((name) => name.trim() || []),
    numRetries: policy.numRetries ?? 1,
    perTryTimeoutMs: durationMs(policy.perTryTimeout) ?? 0,
    perTryIdleTimeoutMs: durationMs(policy.perTryIdleTimeout) ?? 0,
    hostPredicates: (policy.retryHostPredicate ?? []).map(({ name = '' }) => name),
    hostSelectionMaxAttempts: Number(policy.hostSelectionRetryMaxAttempts ?? 1),
    retriableStatusCodes: policy.retriableStatusCodes ?? [],
    backOff: compileBackOff(policy, `${path}.retryBackOff`, findings),
    rateLimitedBackOff: compileRateLimited(policy, `${path}.rateLimitedRetryBackOff`, findings),
    isRetriableResponse: isRetriable('retriableHeaders'),
    isRetriableRequest:
      requestHeaders.length === 0 ? () => true : isRetriable('retriableRequestHeaders'),
    retryPriority: policy.retryPriority,
    hostPredicateConfigs: policy.retryHostPredicate ?? [],
    optionsPredicates: policy.retryOptionsPredicates ?? [],
  }
}

type HeaderCheck = (header: (lowerName: string) => string | undefined) => boolean

function anyHeader(
  matchers: readonly HeaderMatcherJson[],
  path: string,
  findings: Findings,
): HeaderCheck {
  const tests = matchers.map((matcher, i) =>
    compileHeaderMatcher(matcher, `${path}[${i}]`, findings),
  )
  return (header) => tests.some((test) => test.matches(header(test.name)))
}

const defaultBaseMs = 25
/** Envoy's own: the longest wait is ten times the base unless given. */
const maxOverBase = 10

function compileBackOff(
  { retryBackOff }: RetryPolicyJson,
  path: string,
  findings: Findings,
): RetryPolicy['backOff'] {
  // A base below one millisecond counts as one, as in Envoy.
  const baseMs = Math.max(1, durationMs(retryBackOff?.baseInterval) ?? defaultBaseMs)
  const maxMs = atLeastOne(durationMs(retryBackOff?.maxInterval)) ?? baseMs * maxOverBase
  if (retryBackOff !== undefined && retryBackOff.baseInterval === undefined) {
    fault(findings, `${path}.baseInterval`, 'expected a duration, got none')
  }
  if (maxMs < baseMs) {
    fault(findings, `${path}.maxInterval`, `expected at least ${baseMs} ms, got ${maxMs} ms`)
  }
  return { baseMs, maxMs }
}

/** Below one millisecond counts as one, as in Envoy. */
function atLeastOne(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.max(1, ms)
}

/** Envoy's own. */
const defaultRateLimitedMaxMs = 300_000

function compileRateLimited(
  { rateLimitedRetryBackOff }: RetryPolicyJson,
  path: string,
  findings: Findings,
): RetryPolicy['rateLimitedBackOff'] {
  if (rateLimitedRetryBackOff === undefined) return undefined
  const { maxInterval, resetHeaders = [] } = rateLimitedRetryBackOff
  const at = `${path}.resetHeaders`
  if (resetHeaders.length === 0) fault(findings, at, 'expected a header, got none')
  return {
    maxMs: atLeastOne(durationMs(maxInterval)) ?? defaultRateLimitedMaxMs,
    resetHeaders: resetHeaders.map(({ name = '', format }, i) => {
      if (name === '')
        fault(findings, `${at}[${i}].name`, 'expected the name of a header, got none')
      return {
        name: name.toLowerCase(),
        format: enumName(format, resetFormats, `${at}[${i}].format`, findings) || 'SECONDS',
      }
    }),
  }
}

const resetFormats = ['SECONDS', 'UNIX_TIMESTAMP'] as const
