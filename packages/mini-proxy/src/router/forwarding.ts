import type { ClusterAction, Match } from '@meshwright/route-matcher'
import type { Cluster, UpstreamHost } from '../cluster/cluster.ts'
import type { LocalReply } from '../filters/http-filter.ts'
import type { HeaderList } from '../http/header-list.ts'
import type { UpstreamFacts } from '../http/pool.ts'
import type { ResetReason, ResponseHead } from '../http/stream.ts'
import { acceptsUpgrade } from '../http/upgrade.ts'
import { chooseHost } from './choose-host.ts'
import { type ClusterCounters, clusterCounters } from './cluster-counters.ts'
import { connectTunnel } from './connect-tunnel.ts'
import { mirror } from './mirror.ts'
import { OutgoingBody } from './outgoing-body.ts'
import { type RequestTimeouts, requestTimeouts } from './request-timeouts.ts'
import { durationReply, noHostReply, resetFlag, resetReply, timeoutReply } from './reset-reply.ts'
import { RetryState, type TryFailure } from './retry-state.ts'
import type { RouterContext } from './router-context.ts'
import type { RouterRequest } from './router-request.ts'
import type { RouterStream } from './router-stream.ts'
import { RouterTimers } from './router-timers.ts'
import { type SessionCookies, sessionCookies } from './session-cookies.ts'
import { isIdempotent, StaleConnections } from './stale-connections.ts'
import { prepareResponse } from './upstream-response.ts'
import { type OpenTunnel, type TryEvents, UpstreamTry } from './upstream-try.ts'

/** Where a request goes. */
export interface Destination {
  readonly match: Match
  readonly action: ClusterAction
  readonly cluster: Cluster
}

/** A request on its way to a cluster: tries, retries, and the response on its way back. */
export class Forwarding implements RouterRequest, TryEvents {
  readonly #stream: RouterStream
  readonly #to: Destination
  readonly #context: RouterContext
  readonly #counters: ClusterCounters
  readonly #timeouts: RequestTimeouts
  readonly #retries: RetryState
  readonly #body: OutgoingBody
  readonly #timers: RouterTimers
  readonly #cookies: SessionCookies
  readonly #tried = new Set<UpstreamHost>()
  #try: UpstreamTry | undefined
  #attempts = 0
  readonly #stale = new StaleConnections()
  #retrying = false
  #holdsRetry = false
  #state: 'waiting' | 'responding' | 'over' = 'waiting'
  readonly #openTunnel: OpenTunnel | undefined
  #tunnel = false
  #responseEnded = false

  constructor(stream: RouterStream, to: Destination, context: RouterContext) {
    this.#stream = stream
    this.#to = to
    this.#context = context
    this.#counters = clusterCounters(to.cluster.stats)
    this.#timeouts = requestTimeouts(stream.head, to.action)
    this.#retries = new RetryState(stream.head, to.action.retryPolicy)
    this.#timers = new RouterTimers(context.timers)
    this.#openTunnel = connectTunnel(stream.head, to.action, context.timers)
    this.#cookies = sessionCookies(stream, to.action.hashPolicies)
    const limit = to.match.route.bufferLimitBytes ?? context.bufferLimitBytes
    this.#body = new OutgoingBody(stream, limit)
  }

  start(endStream: boolean): void {
    const { maxStreamMs, totalMs, perTryMs } = this.#timeouts
    if (maxStreamMs > 0) this.#timers.start('stream', maxStreamMs, () => this.#onStreamTimeout())
    // What one try may take: the upstream sees no more than one.
    const expectedMs = perTryMs > 0 ? perTryMs : totalMs
    if (expectedMs > 0 && !this.#context.suppressEnvoyHeaders) {
      this.#stream.head.headers.set('x-envoy-expected-rq-timeout-ms', `${Math.round(expectedMs)}`)
    }
    if (endStream) this.#body.end()
    // An upgrade's request is its head.
    if (endStream || this.#stream.head.upgrade !== undefined) this.#onRequestEnd()
    this.#attempt()
  }

  data(chunk: Uint8Array, endStream: boolean): void {
    if (this.#state === 'over') return
    this.#body.data(chunk, endStream, this.#sendingTry())
    if (endStream) this.#onBodyEnd()
    this.#forgetBody()
  }

  trailers(trailers: HeaderList): void {
    if (this.#state === 'over') return
    this.#body.trailers(trailers, this.#sendingTry())
    this.#onBodyEnd()
  }

  downstreamWritable(): void {
    this.#try?.resume()
  }

  cancel(): void {
    if (this.#state === 'over') return
    this.#finish()
    this.#try?.cancel()
  }

  onReady(attempt: UpstreamTry, facts: UpstreamFacts): void {
    const { info, head } = this.#stream
    info.upstreamLocalAddress = facts.localAddress
    const { perTryMs } = this.#timeouts
    if (perTryMs > 0) this.#timers.start('try', perTryMs, () => this.#onTryTimeout(attempt))
    if (this.#to.action.autoHostRewrite && attempt.host.hostname !== undefined) {
      head.authority = attempt.host.hostname
    }
    this.#body.sendTo(attempt)
    this.#forgetBody()
  }

  onInterim(_attempt: UpstreamTry, head: ResponseHead): void {
    this.#stream.respondInterim(head)
  }

  onHead(attempt: UpstreamTry, head: ResponseHead, endStream: boolean): void {
    this.#timers.stop('try')
    if (this.#retries.possible || this.#attempts > 1) {
      const wanted = this.#retries.wantsRetryOf(head)
      if (wanted && this.#retry(head)) {
        if (!endStream) attempt.cancel()
        return
      }
      if (wanted && !this.#retries.possible) this.#limitExceeded()
      if (!wanted && this.#retrying) this.#counters.retrySuccesses.inc()
    }
    this.#releaseRetry()
    this.#respond(head, endStream)
  }

  onData(chunk: Uint8Array, endStream: boolean): void {
    if (this.#state !== 'responding') return
    const attempt = this.#try
    if (endStream) this.#onResponseEnd()
    if (!this.#stream.respondData(chunk, endStream) && !endStream) attempt?.pause()
  }

  onTrailers(trailers: HeaderList): void {
    if (this.#state !== 'responding') return
    this.#finish()
    this.#stream.respondTrailers(trailers)
  }

  onWritable(): void {
    this.#body.resume()
  }

  onReset(attempt: UpstreamTry, reason: ResetReason, detail: string | undefined): void {
    this.#timers.stop('try')
    if (this.#state === 'over') return
    if (this.#state === 'responding') {
      this.#stream.info.addFlag(resetFlag(reason))
      this.#stream.info.responseCodeDetails = 'upstream_reset_after_response_started'
      this.#finish()
      this.#stream.resetDownstream()
      return
    }
    if (this.#body.replayable && this.#stale.meets(attempt, this.#stream.head, reason)) {
      this.#attempts -= 1
      this.#attempt()
      return
    }
    if (reason === 'remote-reset' || reason === 'connection-termination') {
      this.#counters.remoteResets.inc()
    }
    if (detail !== undefined) this.#stream.info.upstreamTransportFailureReason = detail
    if (this.#retryAfter(reason, attempt.sent)) return
    this.#reply(resetReply(reason, this.#retrying, detail))
  }

  #attempt(): void {
    const { cluster, action } = this.#to
    this.#stream.info.upstreamRequestAttemptCount = this.#attempts + 1
    const host = chooseHost({
      stream: this.#stream,
      action,
      hashPolicies: this.#cookies.policies,
      cluster,
      retries: this.#retries,
      tried: this.#tried,
      random: this.#context.random,
    })
    if (host === undefined) {
      this.#counters.noneHealthy.inc()
      this.#reply(noHostReply)
      return
    }
    this.#attempts += 1
    this.#tried.add(host)
    this.#announce(host)
    this.#try = new UpstreamTry(cluster, host, action.priority, this)
    this.#try.start(this.#openTunnel)
  }

  #announce(host: UpstreamHost): void {
    const { info, head } = this.#stream
    this.#counters.requests.inc()
    info.upstreamHost = host.address
    if (this.#to.match.virtualHost.includeRequestAttemptCount) {
      head.headers.set('x-envoy-attempt-count', `${this.#attempts}`)
    }
  }

  #mayReplay(): boolean {
    return (
      this.#retries.possible ||
      isIdempotent(this.#stream.head) ||
      this.#to.action.mirrors.length > 0
    )
  }

  /** Keeps the body no longer than it may be needed. */
  #forgetBody(): void {
    if (this.#sendingTry() !== undefined && !this.#mayReplay()) this.#body.abandon()
  }

  #sendingTry(): UpstreamTry | undefined {
    return this.#try?.sent === true ? this.#try : undefined
  }

  #retryAfter(failure: TryFailure, sent: boolean): boolean {
    if (!this.#retries.wantsRetryAfter(failure, sent)) return false
    if (this.#retry(undefined)) return true
    if (!this.#retries.possible) this.#limitExceeded()
    return false
  }

  /** Plans another try; false if there may be none. */
  #retry(head: ResponseHead | undefined): boolean {
    if (!this.#retries.possible || !this.#body.replayable) return false
    this.#releaseRetry()
    if (!this.#to.cluster.admitRetry(this.#to.action.priority)) {
      this.#stream.info.addFlag('UO')
      return false
    }
    this.#holdsRetry = true
    this.#retrying = true
    this.#counters.retries.inc()
    this.#try = undefined
    const delayMs = this.#retries.nextDelayMs(this.#context.random, head)
    this.#timers.start('back-off', delayMs, () => this.#attempt())
    return true
  }

  #releaseRetry(): void {
    if (this.#holdsRetry) this.#to.cluster.releaseRetry(this.#to.action.priority)
    this.#holdsRetry = false
  }

  #limitExceeded(): void {
    if (!this.#retrying) return
    this.#counters.retryLimitExceeded.inc()
    this.#stream.info.addFlag('URX')
  }

  #respond(head: ResponseHead, endStream: boolean): void {
    this.#state = 'responding'
    this.#tunnel = acceptsUpgrade(this.#stream.head.upgrade, head.status)
    if (this.#tunnel) {
      this.#timers.stop('total')
      this.#body.abandon()
    }
    const [context, counters] = [this.#context, this.#counters]
    prepareResponse(this.#stream, head, this.#attempts, { context, counters })
    for (const cookie of this.#cookies.setCookies) head.headers.append('set-cookie', cookie)
    if (endStream) this.#onResponseEnd()
    this.#stream.respondHead(head, endStream)
  }

  /** The two directions of a tunnel end each on its own. */
  #onResponseEnd(): void {
    this.#responseEnded = true
    if (this.#body.ended || !this.#tunnel) this.#finish()
  }

  #onBodyEnd(): void {
    if (this.#stream.head.upgrade === undefined) this.#onRequestEnd()
    else if (this.#responseEnded) this.#finish()
  }

  #onRequestEnd(): void {
    const { totalMs } = this.#timeouts
    if (totalMs > 0 && this.#state === 'waiting') {
      this.#timers.start('total', totalMs, () => this.#onTimeout())
    }
    const { action } = this.#to
    if (action.mirrors.length > 0 && this.#body.replayable && !this.#stream.head.upgrade) {
      mirror(this.#stream, action, this.#body.bytes, this.#context)
    }
  }

  #onTimeout(): void {
    this.#counters.timeouts.inc()
    this.#try?.reportTimeout()
    this.#giveUp(timeoutReply)
  }

  #onTryTimeout(attempt: UpstreamTry): void {
    this.#counters.perTryTimeouts.inc()
    attempt.reportTimeout()
    attempt.cancel()
    if (this.#retryAfter('per-try-timeout', true)) return
    this.#giveUp({ ...timeoutReply, details: 'upstream_per_try_timeout' })
  }

  #onStreamTimeout(): void {
    this.#counters.maxDurationReached.inc()
    this.#giveUp(durationReply(this.#body.ended))
  }

  #giveUp(reply: LocalReply): void {
    const responding = this.#state === 'responding'
    const attempt = this.#try
    this.#finish()
    attempt?.cancel()
    if (!responding) {
      this.#stream.respondLocally(reply)
      return
    }
    if (reply.flag !== undefined) this.#stream.info.addFlag(reply.flag)
    this.#stream.resetDownstream()
  }

  #reply(reply: LocalReply): void {
    this.#finish()
    this.#stream.respondLocally(reply)
  }

  #finish(): void {
    this.#state = 'over'
    this.#timers.stopAll()
    this.#releaseRetry()
    this.#body.abandon()
  }
}
