import { type BackOff, backOff } from './back-off.ts'
import { jitteredAbove, saidWaitMs } from './reset-header.ts'
import { isConnectFailure, type ResetReason } from './reset-reason.ts'
import {
  grpcConditionsOf,
  httpConditionsOf,
  type RetryCondition,
  retryConditions,
  tokens,
} from './retry-on.ts'
import {
  type HeaderLookup,
  type RetryConfig,
  type RetryOptions,
  resolveRetry,
} from './retry-options.ts'

/** The head of a response, as far as retries look at it. */
export interface ResponseView {
  readonly status: number
  header(lowerName: string): string | undefined
}

/** What is to be known of a reset besides its reason. */
export interface ResetFacts {
  /** Something of the request had gone out. Default: true. */
  readonly sent?: boolean
  /** The try went over HTTP/3 to a cluster that also speaks TCP. Default: false. */
  readonly http3?: boolean
}

/** What to do after a try. */
export type RetryDecision =
  | {
      readonly retry: false
      /** It was fine or is no case for this policy; there are no retries left; or the budget has none. */
      readonly why: 'not-wanted' | 'limit-exceeded' | 'overflow'
    }
  | {
      readonly retry: true
      readonly delayMs: number
      /** Whether a header of the response set the delay. */
      readonly said: boolean
      /** The next try is not to go over HTTP/3. */
      readonly withoutHttp3: boolean
      /** The next try is not to go as TLS early data. */
      readonly withoutEarlyData: boolean
    }

/** Whether the system as a whole can bear one more retry. */
export interface RetryAdmission {
  /** Takes the place of a retry; false: there is none. */
  admitRetry(): boolean
}

/** The request headers that steer retries, which a proxy takes out before it sends a request on. */
export const retryHeaderNames: readonly string[] = [
  'x-envoy-retry-on',
  'x-envoy-retry-grpc-on',
  'x-envoy-max-retries',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-retriable-header-names',
  'x-envoy-retriable-status-codes',
  'x-envoy-upstream-rq-per-try-timeout-ms',
]

/** What a retry of one request may need. */
export interface RetryStateOptions {
  random(): number
  /** Milliseconds since 1970, for dates in headers. Default: they are not understood. */
  wallNow?(): number
  /** Default: always. */
  readonly admission?: RetryAdmission
}

/**
 * The retries of one request as Envoy decides them: told what came of each try, it says whether and when to try again.
 *
 * It waits for nothing and knows no clock.
 *
 * @param header the headers of the request, which may add conditions and codes and set the number of retries
 * @throws {ResilienceError} `ERR_RESILIENCE_OPTION`
 */
export function createRetryState(
  policy: RetryOptions,
  header: HeaderLookup,
  options: RetryStateOptions,
): RetryState {
  return retryPlan(policy).begin(header, options)
}

/** A policy that was read once, for all requests that it is for. */
export interface RetryPlan {
  /** See {@link createRetryState}. */
  begin(header: HeaderLookup, options: RetryStateOptions): RetryState
}

/**
 * Reads a policy.
 *
 * @throws {ResilienceError} `ERR_RESILIENCE_OPTION`
 *
 * @example
 * ```ts
 * const plan = retryPlan({ retryOn: ['5xx'] })
 * const state = plan.begin(() => undefined, { random: () => 0 })
 * state.afterResponse({ status: 503, header: () => undefined }).retry // => true
 * ```
 */
export function retryPlan(policy: RetryOptions): RetryPlan {
  const config = resolveRetry(policy)
  const prepared = {
    config,
    on: retryConditions(config.retryOn),
    codes: new Set(config.retriableStatusCodes),
  }
  return { begin: (header, options) => new RequestRetries(prepared, header, options) }
}

/** See {@link createRetryState}. */
export interface RetryState {
  /** Retries left. */
  readonly left: number
  /** Whether the conditions ask for a retry; uses up nothing. */
  wantsRetryOf(response: ResponseView): boolean
  /** The same for a try that came to nothing. */
  wantsRetryAfter(reason: ResetReason, facts?: ResetFacts): boolean
  afterResponse(response: ResponseView): RetryDecision
  afterReset(reason: ResetReason, facts?: ResetFacts): RetryDecision
  /** A try has taken too long but goes on, raced by another: wanted whatever the conditions. */
  afterHedgedTimeout(): RetryDecision
}

type Wish = 'no' | 'back-off' | 'at-once'

const conditionsOfGrpc: Readonly<Record<string, RetryCondition>> = {
  1: 'cancelled',
  4: 'deadline-exceeded',
  8: 'resource-exhausted',
  13: 'internal',
  14: 'unavailable',
}

const conflict = 409
const tooEarly = 425

/** A policy, its lists as sets. */
interface PreparedRetry {
  readonly config: RetryConfig
  readonly on: ReadonlySet<RetryCondition>
  readonly codes: ReadonlySet<number>
}

/** What a retry is made under, if it is made. */
interface RetryTerms {
  /** The wait that the response asks for. */
  readonly said?: number | undefined
  readonly withoutHttp3?: boolean
  readonly withoutEarlyData?: boolean
}

const noConditions: ReadonlySet<RetryCondition> = new Set()
const noNames: readonly string[] = []

class RequestRetries implements RetryState {
  readonly #policy: RetryConfig
  readonly #options: RetryStateOptions
  readonly #on: ReadonlySet<RetryCondition>
  readonly #codes: ReadonlySet<number>
  readonly #headerNames: readonly string[]
  readonly #isEarlyData: boolean
  /** Few requests come to need it. */
  #backOff: BackOff | undefined
  #left: number

  constructor(
    { config, on, codes }: PreparedRetry,
    header: HeaderLookup,
    options: RetryStateOptions,
  ) {
    this.#policy = config
    this.#options = options
    this.#on = config.isRetriableRequest(header) ? conditionsOf(on, header) : noConditions
    const moreCodes = header('x-envoy-retriable-status-codes')
    this.#codes =
      moreCodes === undefined ? codes : new Set([...codes, ...tokens(moreCodes).map(Number)])
    const names = header('x-envoy-retriable-header-names')
    this.#headerNames = names === undefined ? noNames : tokens(names).map((it) => it.toLowerCase())
    this.#isEarlyData = header('early-data') !== undefined
    this.#left = this.#on.size === 0 ? 0 : (maxRetries(header) ?? config.numRetries)
  }

  get left(): number {
    return this.#left
  }

  wantsRetryOf(response: ResponseView): boolean {
    return this.#wishAfter(response) !== 'no'
  }

  wantsRetryAfter(reason: ResetReason, facts: ResetFacts = {}): boolean {
    return this.#wishAfterReset(reason, facts) !== 'no'
  }

  afterResponse(response: ResponseView): RetryDecision {
    const wish = this.#wishAfter(response)
    const { rateLimitedBackOff } = this.#policy
    const said =
      wish === 'back-off' && rateLimitedBackOff !== undefined
        ? saidWaitMs(rateLimitedBackOff, (name) => response.header(name), this.#options.wallNow?.())
        : undefined
    return this.#decide(wish, { said, withoutEarlyData: wish === 'at-once' })
  }

  afterReset(reason: ResetReason, facts: ResetFacts = {}): RetryDecision {
    const wish = this.#wishAfterReset(reason, facts)
    return this.#decide(wish, { withoutHttp3: wish === 'at-once' && !isConnectFailure(reason) })
  }

  afterHedgedTimeout(): RetryDecision {
    return this.#decide(this.#on.size === 0 ? 'no' : 'back-off', {})
  }

  #decide(
    wish: Wish,
    { said, withoutHttp3 = false, withoutEarlyData = false }: RetryTerms,
  ): RetryDecision {
    if (wish === 'no') return { retry: false, why: 'not-wanted' }
    if (this.#left === 0) return { retry: false, why: 'limit-exceeded' }
    // As Envoy: a retry that the budget refuses is used up.
    this.#left -= 1
    if (this.#options.admission?.admitRetry() === false) return { retry: false, why: 'overflow' }
    const delayMs = wish === 'at-once' ? 0 : this.#delayMs(said)
    return { retry: true, delayMs, said: said !== undefined, withoutHttp3, withoutEarlyData }
  }

  #delayMs(said: number | undefined): number {
    const random = (): number => this.#options.random()
    if (said !== undefined) return jitteredAbove(said, random)
    this.#backOff ??= backOff(this.#policy.backOff)
    return this.#backOff.nextMs(random)
  }

  #wishAfter(response: ResponseView): Wish {
    const on = this.#on
    const header: HeaderLookup = (name) => response.header(name)
    if (header('x-envoy-ratelimited') !== undefined) {
      return on.has('envoy-ratelimited') ? 'back-off' : 'no'
    }
    const { status } = response
    if (this.#wantsStatus(status)) return 'back-off'
    if (status === tooEarly && this.#listsStatus(status) && !this.#isEarlyData) return 'at-once'
    return this.#wishAfterHeaders(header) ? 'back-off' : 'no'
  }

  #wantsStatus(status: number): boolean {
    const on = this.#on
    if (status >= 500 && status <= 599 && on.has('5xx')) return true
    if (status >= 502 && status <= 504 && on.has('gateway-error')) return true
    if (status === conflict && on.has('retriable-4xx')) return true
    return status !== tooEarly && this.#listsStatus(status)
  }

  #listsStatus(status: number): boolean {
    return this.#on.has('retriable-status-codes') && this.#codes.has(status)
  }

  #wishAfterHeaders(header: HeaderLookup): boolean {
    if (this.#on.has('retriable-headers')) {
      if (this.#policy.isRetriableResponse(header)) return true
      if (this.#headerNames.some((name) => header(name) !== undefined)) return true
    }
    const condition = conditionsOfGrpc[header('grpc-status') ?? '']
    return condition !== undefined && this.#on.has(condition)
  }

  #wishAfterReset(reason: ResetReason, { sent = true, http3 = false }: ResetFacts): Wish {
    const on = this.#on
    if (reason === 'overflow') return 'no'
    if (isConnectFailure(reason)) {
      // A handshake that carried early data: the next one does without.
      if (http3) return 'at-once'
      if (on.has('connect-failure')) return 'back-off'
    } else if (http3 && on.has('http3-post-connect-failure')) {
      return 'at-once'
    }
    const wanted =
      (!sent && on.has('reset-before-request')) ||
      on.has('reset') ||
      on.has('5xx') ||
      on.has('gateway-error') ||
      (reason === 'refused-stream' && on.has('refused-stream'))
    return wanted ? 'back-off' : 'no'
  }
}

function conditionsOf(
  on: ReadonlySet<RetryCondition>,
  header: HeaderLookup,
): ReadonlySet<RetryCondition> {
  const http = header('x-envoy-retry-on')
  const grpc = header('x-envoy-retry-grpc-on')
  if (http === undefined && grpc === undefined) return on
  return new Set([...on, ...httpConditionsOf(http), ...grpcConditionsOf(grpc)])
}

function maxRetries(header: HeaderLookup): number | undefined {
  const text = header('x-envoy-max-retries')
  return text !== undefined && /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : undefined
}
