import type { CallContext, Policy } from '../call.ts'
import { ResilienceError } from '../errors.ts'
import { pause } from '../limited-try.ts'
import type { FaultPlan, Faults } from './create-faults.ts'
import type { FaultAbort } from './fault-options.ts'

/** How faults are drawn and answered. */
export interface InjectFaultsOptions<Req, Res> {
  /** Default: none, so that no fault is set by headers. */
  requestHeader?(request: Req, lowerName: string): string | undefined
  /** The answer of an abort. Default: it throws `ERR_RESILIENCE_FAULT_ABORT` with the abort as its cause. */
  abortAnswer?(abort: FaultAbort, request: Req): Res
  /** Slows a response down. Default: its throughput is left alone. */
  slowDown?(answer: Res, kibPerSecond: number, context: CallContext): Res | PromiseLike<Res>
}

/** Delays, aborts and slows down some of the calls. */
export function injectFaults<Req, Res>(
  faults: Faults,
  options: InjectFaultsOptions<Req, Res> = {},
): Policy<Req, Res> {
  return (next) => async (request, context) => {
    const header = (name: string): string | undefined => options.requestHeader?.(request, name)
    const plan = faults.begin(header, () => context.surroundings.random())
    if (plan === undefined) return await next(request, context)
    try {
      if (plan.delayMs > 0) await pause(plan.delayMs, context)
      if (plan.abort !== undefined) return abortWith(plan.abort, request, options)
      const answer = await next(request, context)
      return await slowed(answer, { plan, context, options })
    } finally {
      plan.end()
    }
  }
}

function abortWith<Req, Res>(
  abort: FaultAbort,
  request: Req,
  { abortAnswer }: InjectFaultsOptions<Req, Res>,
): Res {
  if (abortAnswer !== undefined) return abortAnswer(abort, request)
  const status = 'httpStatus' in abort ? `HTTP ${abort.httpStatus}` : `gRPC ${abort.grpcStatus}`
  throw new ResilienceError('ERR_RESILIENCE_FAULT_ABORT', `${status} on purpose`, { cause: abort })
}

async function slowed<Req, Res>(
  answer: Res,
  it: {
    readonly plan: FaultPlan
    readonly context: CallContext
    readonly options: InjectFaultsOptions<Req, Res>
  },
): Promise<Res> {
  const { kibPerSecond } = it.plan
  if (kibPerSecond === undefined || it.options.slowDown === undefined) return answer
  return await it.options.slowDown(answer, kibPerSecond, it.context)
}
