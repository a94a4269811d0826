import type { Call, CallContext } from './call.ts'
import { type CancelSource, createCancelSource } from './cancel-signal.ts'
import { ResilienceError } from './errors.ts'
import { startTimer } from './start-timer.ts'

/** One try of a call that can be ended from here. */
export interface LimitedTry<Res> {
  /** Rejects with the reason as soon as the try is ended, also if the call does not listen to its signal. */
  readonly answer: Promise<Res>
  end(reason: unknown): void
}

/** Begins a try with a signal of its own, which also follows that of the context. */
export function beginTry<Req, Res>(
  call: Call<Req, Res>,
  request: Req,
  context: CallContext,
): LimitedTry<Res> {
  const source = newSource(context)
  const { promise: ended, reject } = Promise.withResolvers<never>()
  const end = (reason: unknown): void => {
    source.abort(reason)
    reject(reason)
  }
  const outer = (): void => end(cancelled(context))
  context.signal.addEventListener('abort', outer)
  const answer = Promise.race([callIn(call, request, { ...context, signal: source.signal }), ended])
  const done = (): void => context.signal.removeEventListener('abort', outer)
  answer.then(done, done)
  if (context.signal.aborted) outer()
  return { answer, end }
}

/** Waits; rejects early if nobody waits for the answer any more. */
export function pause(ms: number, { surroundings, signal }: CallContext): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const stopTimer = startTimer(surroundings, resolve, ms)
  const stop = (): void => {
    stopTimer()
    reject(cancelled({ signal }))
  }
  signal.addEventListener('abort', stop)
  const done = (): void => signal.removeEventListener('abort', stop)
  promise.then(done, done)
  if (signal.aborted) stop()
  return promise
}

/** What ended the wait: the reason of the signal, or an error that says so. */
export function cancelled({ signal }: Pick<CallContext, 'signal'>): unknown {
  return signal.reason ?? new ResilienceError('ERR_RESILIENCE_CANCELLED', 'the call was called off')
}

async function callIn<Req, Res>(
  call: Call<Req, Res>,
  request: Req,
  context: CallContext,
): Promise<Res> {
  return await call(request, context)
}

function newSource({ surroundings }: CallContext): CancelSource {
  return surroundings.newController?.() ?? createCancelSource()
}
