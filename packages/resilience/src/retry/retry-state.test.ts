import { expect, test } from 'vitest'
import type { ResetReason } from './reset-reason.ts'
import type { RetryOptions } from './retry-options.ts'
import {
  createRetryState,
  type RetryDecision,
  type RetryStateOptions,
  retryPlan,
} from './retry-state.ts'

type Headers = Readonly<Record<string, string>>

const lookup = (headers: Headers) => (name: string) => headers[name]
const half: RetryStateOptions = { random: () => 0.5 }

const afterResponse = (
  policy: RetryOptions,
  response: { status: number; headers?: Headers },
  { headers = {}, options = half }: { headers?: Headers; options?: RetryStateOptions } = {},
): RetryDecision =>
  createRetryState(policy, lookup(headers), options).afterResponse({
    status: response.status,
    header: lookup(response.headers ?? {}),
  })

const statuses = [200, 400, 409, 425, 429, 499, 500, 501, 502, 503, 504, 505, 599, 600]

test.each([
  { on: '5xx', wanted: [500, 501, 502, 503, 504, 505, 599] },
  { on: 'gateway-error', wanted: [502, 503, 504] },
  { on: 'retriable-4xx', wanted: [409] },
  { on: 'retriable-status-codes', wanted: [425, 429] },
  { on: 'connect-failure', wanted: [] },
  { on: 'no-such-condition', wanted: [] },
])('$on retries the statuses $wanted and no other', ({ on, wanted }) => {
  const policy = { retryOn: [on], retriableStatusCodes: [429, 425] }
  const retried = statuses.filter((status) => afterResponse(policy, { status }).retry)
  expect(retried).toEqual(wanted)
})

const grpc = ['cancelled', 'deadline-exceeded', 'resource-exhausted', 'internal', 'unavailable']

test('each gRPC condition retries its own status and no other', () => {
  const codes = Array.from({ length: 17 }, (_, code) => String(code))
  const retried = grpc.map((on) =>
    codes.filter(
      (code) =>
        afterResponse({ retryOn: [on] }, { status: 200, headers: { 'grpc-status': code } }).retry,
    ),
  )
  expect(retried).toEqual([['1'], ['4'], ['8'], ['13'], ['14']])
})

const reasons: ResetReason[] = [
  'connection-failure',
  'connect-timeout',
  'connection-termination',
  'local-reset',
  'remote-reset',
  'refused-stream',
  'protocol-error',
  'overflow',
  'per-try-timeout',
]
const allButOverflow = reasons.filter((it) => it !== 'overflow')

test.each([
  { on: '5xx', wanted: allButOverflow },
  { on: 'gateway-error', wanted: allButOverflow },
  { on: 'reset', wanted: allButOverflow },
  { on: 'connect-failure', wanted: ['connection-failure', 'connect-timeout'] },
  { on: 'refused-stream', wanted: ['refused-stream'] },
  { on: 'reset-before-request', wanted: [] },
  { on: 'unavailable', wanted: [] },
])('$on retries the resets $wanted and no other', ({ on, wanted }) => {
  const retried = reasons.filter(
    (reason) => createRetryState({ retryOn: [on] }, lookup({}), half).afterReset(reason).retry,
  )
  expect(retried).toEqual(wanted)
})

test('reset-before-request retries what fails before anything was sent', () => {
  const retried = reasons.filter(
    (reason) =>
      createRetryState({ retryOn: ['reset-before-request'] }, lookup({}), half).afterReset(reason, {
        sent: false,
      }).retry,
  )
  expect(retried).toEqual(allButOverflow)
})

test('a failure over HTTP/3 is retried at once, after the handshake only if asked for and without HTTP/3', () => {
  const after = (retryOn: string[], reason: ResetReason): RetryDecision =>
    createRetryState({ retryOn }, lookup({}), half).afterReset(reason, { http3: true })

  const h3 = ['http3-post-connect-failure']
  expect(after(h3, 'remote-reset')).toMatchObject({ retry: true, delayMs: 0, withoutHttp3: true })
  expect(after(h3, 'connect-timeout')).toMatchObject({ delayMs: 0, withoutHttp3: false })
  expect(after(['refused-stream'], 'remote-reset')).toMatchObject({ retry: false })
})

test('a rate-limited response is retried only with envoy-ratelimited, whatever else holds', () => {
  const limited = { status: 503, headers: { 'x-envoy-ratelimited': 'true' } }

  expect(afterResponse({ retryOn: ['5xx', 'gateway-error'] }, limited).retry).toBe(false)
  expect(afterResponse({ retryOn: ['envoy-ratelimited'] }, limited).retry).toBe(true)
})

test('too early is retried at once without early data, unless the request itself came as early data', () => {
  const policy = { retryOn: ['retriable-status-codes'], retriableStatusCodes: [425] }

  expect(afterResponse(policy, { status: 425 })).toMatchObject({
    retry: true,
    delayMs: 0,
    withoutEarlyData: true,
  })
  const early = { headers: { 'early-data': '1' } }
  expect(afterResponse(policy, { status: 425 }, early).retry).toBe(false)
})

test('retriable headers come from the policy and from the request', () => {
  const asked = { 'x-envoy-retriable-header-names': ' X-Again , x-other' }
  const policy: RetryOptions = {
    retryOn: ['retriable-headers'],
    isRetriableResponse: (header) => header('x-policy') === 'yes',
  }
  const retried = (headers: Headers): boolean =>
    afterResponse(policy, { status: 200, headers }, { headers: asked }).retry

  expect([retried({ 'x-policy': 'yes' }), retried({ 'x-policy': 'no' })]).toEqual([true, false])
  expect([retried({ 'x-again': '' }), retried({ 'x-else': '' })]).toEqual([true, false])
})

test('the headers of the request add conditions and codes and set the number', () => {
  const headers = {
    'x-envoy-retry-on': 'retriable-status-codes, unavailable, nonsense',
    'x-envoy-retry-grpc-on': 'cancelled,5xx',
    'x-envoy-retriable-status-codes': '418,x',
    'x-envoy-max-retries': '3',
  }
  const retried = (status: number, code = ''): boolean =>
    afterResponse({}, { status, headers: { 'grpc-status': code } }, { headers }).retry

  expect(createRetryState({}, lookup(headers), half).left).toBe(3)
  expect([retried(418), retried(419)]).toEqual([true, false])
  // Each header names conditions of its own protocol only.
  expect([retried(200, '1'), retried(200, '14'), retried(500)]).toEqual([true, false, false])
})

test('a request that the policy does not take is not retried, whatever its headers ask for', () => {
  const policy: RetryOptions = {
    retryOn: ['5xx'],
    isRetriableRequest: (header) => header('x-safe') !== undefined,
  }
  const retried = (headers: Headers): boolean =>
    afterResponse(policy, { status: 500 }, { headers }).retry

  expect(retried({ 'x-safe': '1' })).toBe(true)
  expect(retried({ 'x-envoy-retry-on': '5xx' })).toBe(false)
})

test('retries are counted, and one that the budget refuses is used up', () => {
  const answers = [true, false]
  const admission = { admitRetry: () => answers.shift() ?? true }
  const state = createRetryState({ retryOn: ['5xx'], numRetries: 3 }, lookup({}), {
    ...half,
    admission,
  })
  const decide = (): unknown => {
    const decision = state.afterReset('remote-reset')
    return decision.retry || decision.why
  }

  expect([decide(), decide(), decide(), decide()]).toEqual([
    true,
    'overflow',
    true,
    'limit-exceeded',
  ])
  expect(state.left).toBe(0)
})

test('a try that is raced is hedged whatever the conditions', () => {
  const state = createRetryState({ retryOn: ['connect-failure'] }, lookup({}), half)

  expect(state.afterHedgedTimeout().retry).toBe(true)
  expect(state.afterHedgedTimeout()).toMatchObject({ why: 'limit-exceeded' })
})

const limited = (
  headers: Headers,
  resetHeaders: readonly { name: string; format?: 'UNIX_TIMESTAMP' }[],
) =>
  afterResponse(
    { retryOn: ['5xx'], rateLimitedBackOff: { resetHeaders } },
    { status: 503, headers },
    { options: { ...half, wallNow: () => 1_700_000_000_900 } },
  )

test.each([
  // Half of half over what is said.
  { says: 'seconds', headers: { 'retry-after': '10' }, delayMs: 12_500, said: true },
  { says: 'a date', headers: { 'x-reset': '1700000002' }, delayMs: 2500, said: true },
  { says: 'a past date', headers: { 'x-reset': '1600000000' }, delayMs: 12, said: false },
  { says: 'this second', headers: { 'x-reset': '1700000000' }, delayMs: 12, said: false },
  { says: 'no number', headers: { 'retry-after': 'soon' }, delayMs: 12, said: false },
  { says: 'nothing', headers: {}, delayMs: 12, said: false },
  { says: 'more than five minutes', headers: { 'retry-after': '301' }, delayMs: 12, said: false },
  {
    says: 'first nonsense, then a date',
    headers: { 'retry-after': '-1', 'x-reset': '1700000004' },
    delayMs: 5000,
    said: true,
  },
])('waits $delayMs ms if the headers say $says', ({ headers, delayMs, said }) => {
  const decision = limited(headers, [
    { name: 'Retry-After' },
    { name: 'x-reset', format: 'UNIX_TIMESTAMP' },
  ])
  expect(decision).toMatchObject({ retry: true, delayMs, said })
})

test.each([
  { numRetries: -1 },
  { numRetries: Number.NaN },
  { numRetries: 2 ** 32 },
  { perTryTimeoutMs: -5 },
  { perTryTimeoutMs: Number.NaN },
  { rateLimitedBackOff: { resetHeaders: [], maxMs: -1 } },
])('refuses %o', (options) => {
  expect(() => createRetryState(options, lookup({}), half)).toThrow(
    expect.objectContaining({ name: 'ResilienceError', code: 'ERR_RESILIENCE_OPTION' }),
  )
})

test('a plan serves many requests, each with retries and conditions of its own', () => {
  const plan = retryPlan({ retryOn: ['5xx'], numRetries: 1 })
  const options = { random: () => 0 }
  const bad = { status: 503, header: () => undefined }
  const [first, second] = [1, 2].map(() => plan.begin(() => undefined, options))
  const steered = plan.begin(
    (name) => (name === 'x-envoy-retry-on' ? 'retriable-4xx' : undefined),
    options,
  )
  expect(first?.afterResponse(bad)).toMatchObject({ retry: true })
  expect(first?.afterResponse(bad)).toMatchObject({ retry: false, why: 'limit-exceeded' })
  expect(second?.afterResponse(bad)).toMatchObject({ retry: true })
  expect(steered.wantsRetryOf({ status: 409, header: () => undefined })).toBe(true)
  expect(plan.begin(() => undefined, options).wantsRetryOf({ ...bad, status: 409 })).toBe(false)
})
