import type { CallContext, Policy } from './call.ts'
import { type Outcome, outcomeOf, settled } from './outcome.ts'

/** What to answer instead. */
export interface FallbackOptions<Req, Res> {
  /** Makes the other answer; what it throws is thrown. Asked for at most once for each call. */
  answer(request: Req, outcome: Outcome<Res>, context: CallContext): Res | PromiseLike<Res>
  /** Which outcomes it stands in for. Default: errors, unless the caller has called the call off. */
  wants?(outcome: Outcome<Res>): boolean
}

/** Answers instead of a call that came to nothing. */
export function fallback<Req, Res>(options: FallbackOptions<Req, Res>): Policy<Req, Res> {
  return (next) => async (request, context) => {
    const wants = options.wants ?? ((outcome) => 'error' in outcome && !context.signal.aborted)
    const outcome = await outcomeOf(async () => await next(request, context))
    if (wants(outcome)) return await options.answer(request, outcome, context)
    return settled(outcome)
  }
}
