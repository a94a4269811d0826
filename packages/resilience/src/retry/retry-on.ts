/** The conditions of HTTP by Envoy's names. */
const httpConditions = [
  '5xx',
  'gateway-error',
  'connect-failure',
  'envoy-ratelimited',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
  'retriable-headers',
  'reset',
  'reset-before-request',
  'http3-post-connect-failure',
] as const

/** The conditions of gRPC by Envoy's names. */
const grpcConditions = [
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
] as const

/** A condition of `retry_on`. */
export type RetryCondition = (typeof httpConditions)[number] | (typeof grpcConditions)[number]

/** The conditions among some names; as Envoy, others are passed over. */
export function retryConditions(names: readonly string[]): ReadonlySet<RetryCondition> {
  return new Set(names.filter((it) => isHttp(it) || isGrpc(it)) as RetryCondition[])
}

/** What the value of `x-envoy-retry-on` names: conditions of HTTP only. */
export function httpConditionsOf(text: string | undefined): readonly RetryCondition[] {
  return tokens(text).filter(isHttp)
}

/** What the value of `x-envoy-retry-grpc-on` names: conditions of gRPC only. */
export function grpcConditionsOf(text: string | undefined): readonly RetryCondition[] {
  return tokens(text).filter(isGrpc)
}

/** The parts of a list with commas, without the empty ones. */
export function tokens(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((it) => it.trim() || [])
}

function isHttp(name: string): name is (typeof httpConditions)[number] {
  return httpConditions.some((it) => it === name)
}

function isGrpc(name: string): name is (typeof grpcConditions)[number] {
  return grpcConditions.some((it) => it === name)
}
