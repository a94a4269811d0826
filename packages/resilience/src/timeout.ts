import type { Policy } from './call.ts'
import { checkMs } from './check-option.ts'
import { ResilienceError } from './errors.ts'
import { beginTry } from './limited-try.ts'
import { startTimer } from './start-timer.ts'

/** How long a call may take. */
export interface TimeoutOptions {
  /** 0: as long as its deadline. Envoy: `route.timeout`, where it is 15 000 unless given. */
  readonly ms: number
}

/**
 * Ends a call that takes longer, or that has a deadline which is earlier, with `ERR_RESILIENCE_TIMEOUT`; those within get the
 * earlier of both as their deadline. A deadline that is past ends the call before it is made.
 *
 * @throws {ResilienceError} `ERR_RESILIENCE_OPTION`
 */
export function timeout<Req, Res>({ ms }: TimeoutOptions): Policy<Req, Res> {
  const most = checkMs('ms', ms) === 0 ? Infinity : ms
  return (next) => async (request, context) => {
    const now = context.surroundings.clock.now()
    const deadline = Math.min(context.deadline, now + most)
    if (deadline === Infinity) return await next(request, context)
    const left = deadline - now
    const late = (): ResilienceError =>
      new ResilienceError('ERR_RESILIENCE_TIMEOUT', `no answer within ${Math.max(0, left)} ms`)
    if (!(left > 0)) throw late()
    const { answer, end } = beginTry(next, request, { ...context, deadline })
    const stop = startTimer(context.surroundings, () => end(late()), left)
    try {
      return await answer
    } finally {
      stop()
    }
  }
}
