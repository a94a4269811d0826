import type { ExtensionJson } from '../config/config.ts'

/** When and how to try again. Durations are milliseconds. */
export interface RetryPolicy {
  /** Conditions by Envoy's names, for example `5xx`, `connect-failure`, `retriable-status-codes`, `unavailable`. */
  readonly retryOn: readonly string[]
  /** Tries after the first. Default: 1. */
  readonly numRetries: number
  /** 0: the timeout of the whole is the only one. */
  readonly perTryTimeoutMs: number
  /** 0: none. */
  readonly perTryIdleTimeoutMs: number
  /** Names of the predicates that reject a host, for example `envoy.retry_host_predicates.previous_hosts`. */
  readonly hostPredicates: readonly string[]
  /** How often a rejected host is drawn again before it is taken after all. Default: 1. */
  readonly hostSelectionMaxAttempts: number
  readonly retriableStatusCodes: readonly number[]
  /** Full jitter between 0 and base × 2^n, at most max. Default: 25 and ten times the base. */
  readonly backOff: { readonly baseMs: number; readonly maxMs: number }
  /** Response headers that say when to come back; used before {@link backOff}. */
  readonly rateLimitedBackOff:
    | {
        readonly resetHeaders: readonly {
          readonly name: string
          readonly format: 'SECONDS' | 'UNIX_TIMESTAMP'
        }[]
        readonly maxMs: number
      }
    | undefined
  /** Whether response headers ask for a retry, for `retriable-headers`. */
  isRetriableResponse(header: (lowerName: string) => string | undefined): boolean
  /** Whether the request may be retried at all, by its headers. */
  isRetriableRequest(header: (lowerName: string) => string | undefined): boolean
  /** An extension that chooses the priority of a retry; undefined: as the first try. */
  readonly retryPriority: ExtensionJson | undefined
  /** The predicates of {@link hostPredicates} with their configuration. */
  readonly hostPredicateConfigs: readonly ExtensionJson[]
  /** Extensions that may change the upstream socket options of a retry. */
  readonly optionsPredicates: readonly ExtensionJson[]
}
