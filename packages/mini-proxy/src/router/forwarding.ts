import type { LocalReply } from '../filters/http-filter.ts'
import type { HeaderList } from '../http/header-list.ts'
import type { ResetReason, ResponseHead } from '../http/stream.ts'
import { acceptsUpgrade } from '../http/upgrade.ts'
import type { ForwardingPlan } from './forwarding-plan.ts'
import { Mirrors } from './mirrors.ts'
import { OutgoingBody } from './outgoing-body.ts'
import { PlannedRetries, type RetryAnswer } from './planned-retries.ts'
import { noHostReply, timeoutReply, tooLongReply } from './reset-reply.ts'
import { chargeResponse, chargeTime } from './response-charge.ts'
import type { RetryRules } from './retry-rules.ts'
import type { RouterRequest } from './router-request.ts'
import type { RouterStream } from './router-stream.ts'
import { steeringHeaders } from './timeouts.ts'
import { TriesInFlight } from './tries-in-flight.ts'
import { durationLoss, resetLoss, type TryLoss, timeoutLoss } from './try-loss.ts'
import { TrySequence } from './try-sequence.ts'
import { nameUpstream, prepareResponse } from './upstream-response.ts'
import type { TryEvents, UpstreamTry } from './upstream-try.ts'
import { WholeTimeout } from './whole-timeout.ts'

/** A request on its way to a cluster: tries, of which several may race, and the response on its way back. */
export class Forwarding implements RouterRequest, TryEvents {
  readonly #plan: ForwardingPlan
  readonly #stream: RouterStream
  readonly #sequence: TrySequence
  readonly #body: OutgoingBody
  readonly #tries = new TriesInFlight()
  readonly #whole: WholeTimeout
  /** Undefined: whatever comes now is final. */
  #retries: PlannedRetries | undefined
  #mirrors: Mirrors | undefined
  #state: 'waiting' | 'responding' | 'over' = 'waiting'
  /** Something of an answer, be it interim, has gone to the client. */
  #settled = false
  #tunnel = false
  #responseEnded = false

  constructor(plan: ForwardingPlan) {
    const { stream, to, context, timeouts, rules } = plan
    this.#plan = plan
    this.#stream = stream
    this.#whole = new WholeTimeout(context, timeouts.totalMs)
    this.#sequence = new TrySequence(plan)
    if (rules !== undefined) this.#retries = this.#plannedRetries(rules)
    if (plan.isSteered) steeringHeaders.removeFrom(stream.head.headers)
    const limitBytes = to.match.route.bufferLimitBytes ?? context.bufferLimitBytes
    this.#body = new OutgoingBody(stream, limitBytes, rules !== undefined)
  }

  start(endStream: boolean): void {
    const { upgrade } = this.#stream.head
    if (endStream) this.#body.end()
    // An upgrade's request is its head.
    if (endStream || upgrade !== undefined) this.#onRequestEnd()
    this.#attempt(endStream)
  }

  data(chunk: Uint8Array, endStream: boolean): void {
    if (this.#state === 'over') return
    this.#mirrors?.data(chunk, endStream)
    const kept = this.#body.data(chunk, endStream, this.#tries.sending)
    if (!kept && !this.#abandonRetries()) return
    if (endStream) this.#onBodyEnd()
  }

  trailers(trailers: HeaderList): void {
    if (this.#state === 'over') return
    this.#mirrors?.trailers(trailers)
    this.#body.trailers(trailers, this.#tries.sending)
    this.#onBodyEnd()
  }

  downstreamWritable(): void {
    if (this.#state === 'responding') this.#tries.first?.resume()
  }

  cancel(): void {
    if (this.#state !== 'over') this.#finish()
  }

  onReady(attempt: UpstreamTry): void {
    const { head } = this.#stream
    nameUpstream(this.#stream.info, attempt)
    const { autoHostRewrite } = this.#plan.to.action
    if (autoHostRewrite && attempt.host.hostname !== undefined)
      head.authority = attempt.host.hostname
    attempt.startDuration(this.#plan.context.timers, this.#plan.timeouts.maxStreamMs)
    if (this.#whole.hasBegun) attempt.startTimers(this.#plan.context.timers, this.#plan.timeouts)
    this.#body.sendTo(attempt, head)
    if (this.#body.ended) this.#stream.info.markRequestSent()
  }

  onInterim(attempt: UpstreamTry, head: ResponseHead): void {
    if (this.#state === 'over') return
    this.#settleOn(attempt)
    this.#stream.respondInterim(head)
  }

  onHead(attempt: UpstreamTry, head: ResponseHead, endStream: boolean): void {
    if (this.#state === 'over') return
    const answer = this.#answerTo(attempt, head)
    if (answer === 'planned') {
      this.#plan.counters.retried.count(head.status)
      this.#tries.drop(attempt)
    } else if (answer === 'refused' && this.#othersMayAnswer(attempt)) this.#tries.drop(attempt)
    else this.#respond(attempt, head, endStream)
  }

  onData(attempt: UpstreamTry, chunk: Uint8Array, endStream: boolean): void {
    if (this.#state !== 'responding') return
    if (endStream) this.#onResponseEnd()
    if (!this.#stream.respondData(chunk, endStream) && !endStream) attempt.pause()
  }

  onTrailers(_attempt: UpstreamTry, trailers: HeaderList): void {
    if (this.#state !== 'responding') return
    this.#onResponseEnd()
    this.#finish()
    this.#stream.respondTrailers(trailers)
  }

  onWritable(): void {
    this.#body.resume()
  }

  onReset(attempt: UpstreamTry, reason: ResetReason, detail: string | undefined): void {
    if (this.#state === 'over') return
    if (reason === 'remote-reset') this.#plan.counters.remoteResets.inc()
    nameUpstream(this.#stream.info, attempt)
    if (detail !== undefined) this.#stream.info.upstreamTransportFailureReason = detail
    this.#onLost(attempt, resetLoss(reason, this.#sequence.count > 1, detail))
  }

  onTryTimeout(attempt: UpstreamTry, which: 'whole' | 'idle' | 'duration'): void {
    if (which === 'duration') {
      this.#plan.counters.maxDurationReached.inc()
      attempt.cancel()
      this.#onLost(attempt, durationLoss(this.#body.ended))
      return
    }
    // Once the response has begun it may take as long as the whole.
    if (this.#settled && which === 'whole') return
    if (this.#plan.timeouts.hedges) this.#race(attempt)
    else this.#onSlow(attempt, which)
  }

  /** What a head asks for. A try that another races already is not retried once more. */
  #answerTo(attempt: UpstreamTry, head: ResponseHead): RetryAnswer {
    if (this.#retries === undefined) return 'not-wanted'
    if (!attempt.raced) return this.#retries.afterResponse(head)
    return this.#retries.wantsRetryOf(head) ? 'refused' : 'not-wanted'
  }

  #onSlow(attempt: UpstreamTry, which: 'whole' | 'idle'): void {
    const { status } = this.#plan.timeouts
    this.#plan.counters[which === 'idle' ? 'perTryIdleTimeouts' : 'perTryTimeouts'].inc()
    attempt.reportTimeout(status)
    attempt.cancel()
    this.#sequence.afterTimeout = true
    this.#onLost(attempt, timeoutLoss(status, which))
  }

  /** Lets the try go on, and another race it. */
  #race(attempt: UpstreamTry): void {
    attempt.reportTimeout(this.#plan.timeouts.status)
    this.#sequence.afterTimeout = true
    attempt.raced = this.#retries?.afterHedgedTimeout() === 'planned'
  }

  /** A try is over without an answer: another one comes, or is under way; or `reply` is the answer. */
  #onLost(attempt: UpstreamTry, loss: TryLoss): void {
    const { reply } = loss
    this.#tries.remove(attempt)
    if (this.#state === 'responding') {
      this.#breakOff(reply.flag, loss.lateDetails)
      return
    }
    const answer = attempt.raced ? 'refused' : this.#retries?.afterReset(loss.reason, attempt.sent)
    if (answer === 'planned') return
    if (loss.isCharged) chargeResponse(this.#plan, reply.status)
    if (loss.isFinal || !this.#othersMayAnswer(attempt)) this.#reply(reply)
  }

  /** The response has begun and will not end. */
  #breakOff(flag: string | undefined, details: string): void {
    const { info } = this.#stream
    if (flag !== undefined) info.addFlag(flag)
    info.responseCodeDetails = details
    this.#finish()
    this.#stream.resetDownstream()
  }

  #attempt(endStream = false): void {
    const elapsedMs = this.#sequence.count === 0 ? 0 : this.#whole.elapsedMs
    const attempt = this.#sequence.next(elapsedMs, this)
    if (attempt === undefined) {
      this.#plan.counters.noneHealthy.inc()
      chargeResponse(this.#plan, noHostReply.status)
      this.#reply(noHostReply)
      return
    }
    if (this.#sequence.count === 1) this.#mirror(endStream)
    this.#tries.add(attempt)
    attempt.start()
  }

  #mirror(endStream: boolean): void {
    const { action } = this.#plan.to
    if (action.mirrors.length === 0 || this.#stream.head.upgrade !== undefined) return
    this.#mirrors = Mirrors.start(
      this.#stream,
      { ...this.#plan.to, totalMs: this.#plan.timeouts.totalMs },
      { context: this.#plan.context, endStream, forwarding: Forwarding },
    )
  }

  /** The body is too long to be sent again. False: that was needed, and the request is answered. */
  #abandonRetries(): boolean {
    this.#plan.counters.abandoned.inc()
    this.#endRetries()
    if (this.#tries.first !== undefined) return true
    this.#reply(tooLongReply)
    return false
  }

  #plannedRetries({ plan }: RetryRules): PlannedRetries {
    const { head, info } = this.#stream
    const { cluster, action } = this.#plan.to
    return new PlannedRetries(plan, {
      head,
      info,
      cluster,
      priority: action.priority,
      counters: this.#plan.counters,
      ambient: this.#plan.context,
      retry: () => this.#attempt(),
    })
  }

  #endRetries(): void {
    this.#retries?.end()
    this.#retries = undefined
  }

  #othersMayAnswer(attempt: UpstreamTry): boolean {
    return this.#retries?.waits === true || this.#tries.mayAnswerWithout(attempt)
  }

  /** This try it is: no others, and none to come. */
  #settleOn(attempt: UpstreamTry): void {
    if (this.#settled) return
    this.#settled = true
    this.#endRetries()
    this.#body.forget()
    this.#tries.keepOnly(attempt)
    // The only one was named when it was ready.
    if (this.#sequence.count > 1) nameUpstream(this.#stream.info, attempt)
  }

  #respond(attempt: UpstreamTry, head: ResponseHead, endStream: boolean): void {
    this.#settleOn(attempt)
    this.#state = 'responding'
    this.#tunnel = acceptsUpgrade(this.#stream.head.upgrade, head.status)
    if (this.#tunnel) this.#whole.stop()
    prepareResponse(this.#stream, head, this.#sequence.count, this.#plan.context)
    chargeResponse(this.#plan, head.status)
    for (const cookie of this.#plan.setCookies) head.headers.append('set-cookie', cookie)
    if (endStream) this.#onResponseEnd()
    this.#stream.respondHead(head, endStream)
  }

  /** The two directions of a tunnel end each on its own. */
  #onResponseEnd(): void {
    this.#responseEnded = true
    chargeTime(this.#plan)
    if (this.#body.ended || !this.#tunnel) this.#finish()
  }

  #onBodyEnd(): void {
    if (this.#tries.sending !== undefined) this.#stream.info.markRequestSent()
    if (this.#stream.head.upgrade === undefined) this.#onRequestEnd()
    else if (this.#responseEnded) this.#finish()
  }

  #onRequestEnd(): void {
    if (this.#state === 'over') return
    this.#whole.begin(() => this.#onTimeout())
    this.#tries.sending?.startTimers(this.#plan.context.timers, this.#plan.timeouts)
  }

  #onTimeout(): void {
    const { status } = this.#plan.timeouts
    for (const attempt of this.#tries.list()) {
      this.#plan.counters.timeouts.inc()
      if (!attempt.awaitsHead) continue
      attempt.reportTimeout(status)
      if (this.#state === 'waiting') chargeResponse(this.#plan, status)
    }
    if (this.#state === 'waiting') this.#reply(timeoutReply(status))
    else this.#breakOff('UT', 'response_timeout')
  }

  #reply(reply: LocalReply): void {
    this.#finish()
    const { includeAttemptCountInResponse } = this.#plan.to.match.virtualHost
    // Where there was no try at all there is nothing to count.
    if (!includeAttemptCountInResponse || (reply === noHostReply && this.#sequence.count === 1)) {
      this.#stream.respondLocally(reply)
      return
    }
    const headers = { ...reply.headers, 'x-envoy-attempt-count': `${this.#sequence.count}` }
    this.#stream.respondLocally({ ...reply, headers })
  }

  #finish(): void {
    this.#state = 'over'
    this.#whole.stop()
    this.#endRetries()
    this.#body.forget()
    // Who waits for room is not to wait for ever.
    this.#body.resume()
    this.#tries.cancelAll()
    if (!this.#body.ended) this.#mirrors?.cancel()
  }
}
