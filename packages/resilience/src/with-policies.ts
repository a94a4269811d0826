import { attemptedHosts } from './attempted-hosts.ts'
import type { Call, Policy, Surroundings } from './call.ts'
import { type CancelSignal, never } from './cancel-signal.ts'

/** How long one call may take and who may call it off. */
export interface CallLimits {
  /** Default: nobody. */
  readonly signal?: CancelSignal
  /** On the clock of the surroundings; `timeout` keeps it, other policies look at it. Default: Infinity. */
  readonly deadline?: number
}

/**
 * A call within policies, the first of which is outermost: what it sees of a call is what the caller sees.
 *
 * `[timeout, retry]` bounds all tries together, `[retry, timeout]` each of them.
 */
export function withPolicies<Req, Res>(
  call: Call<Req, Res>,
  policies: readonly Policy<Req, Res>[],
  surroundings: Surroundings,
): (request: Req, limits?: CallLimits) => PromiseLike<Res> {
  const whole = compose(...policies)(call)
  return (request, { signal = never, deadline = Infinity } = {}) =>
    whole(request, { signal, deadline, attempt: 1, attempted: attemptedHosts(), surroundings })
}

/** Several policies as one; the first is outermost. None: the call as it is. */
export function compose<Req, Res>(...policies: readonly Policy<Req, Res>[]): Policy<Req, Res> {
  return (call) => policies.reduceRight((next, policy) => policy(next), call)
}
