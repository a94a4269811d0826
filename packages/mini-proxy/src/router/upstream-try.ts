import type { Timers } from '../ambient.ts'
import type { Cluster, UpstreamHost } from '../cluster/cluster.ts'
import type { HeaderList } from '../http/header-list.ts'
import type { StreamCallbacks, UpstreamFacts } from '../http/pool.ts'
import type {
  HttpVersion,
  MessageReceiver,
  MessageSender,
  RequestHead,
  ResetReason,
  ResponseHead,
} from '../http/stream.ts'
import { acceptsUpgrade } from '../http/upgrade.ts'
import { Alarm } from './alarm.ts'
import type { ForwardingPlan } from './forwarding-plan.ts'

/** What a try tells the router. */
export interface TryEvents {
  /** The upstream connection is there: send. */
  onReady(attempt: UpstreamTry): void
  onInterim(attempt: UpstreamTry, head: ResponseHead): void
  onHead(attempt: UpstreamTry, head: ResponseHead, endStream: boolean): void
  onData(attempt: UpstreamTry, chunk: Uint8Array, endStream: boolean): void
  onTrailers(attempt: UpstreamTry, trailers: HeaderList): void
  onWritable(attempt: UpstreamTry): void
  onReset(attempt: UpstreamTry, reason: ResetReason, detail: string | undefined): void
  /** The time for a try is up; the try goes on. */
  onTryTimeout(attempt: UpstreamTry, which: 'whole' | 'idle' | 'duration'): void
}

/** Opens a connection that ends in a tunnel at once, for CONNECT. */
export type OpenTunnel = (
  cluster: Cluster,
  host: UpstreamHost,
  to: MessageReceiver<ResponseHead> & StreamCallbacks,
) => { cancel(): void }

/** How long a try may take, and how long nothing may come of it; 0: as long as it likes. */
export interface TryLimits {
  readonly perTryMs: number
  readonly perTryIdleMs: number
}

/** One go at getting an answer from one host. */
export class UpstreamTry implements MessageReceiver<ResponseHead>, StreamCallbacks {
  readonly host: UpstreamHost
  readonly #plan: ForwardingPlan
  readonly #events: TryEvents
  #wait: { cancel(): void } | undefined
  #sender: MessageSender<RequestHead> | undefined
  #request: RequestHead | undefined
  #timeout: Alarm | undefined
  #idle: Alarm | undefined
  #idleMs = 0
  #duration: Alarm | undefined
  #over = false
  #paused = false
  /** The server agreed to an upgrade: the two directions end each on its own. */
  #tunnel = false
  #requestEnded = false
  #responseEnded = false
  /** The final head of the response has come. */
  #answered = false
  #reportedTimeout = false
  /** Undefined before there is a connection. */
  facts: UpstreamFacts | undefined
  /** The head of the request went out. */
  sent = false
  /** Another try races it: whatever comes of it, it is not retried once more. */
  raced = false

  constructor(host: UpstreamHost, plan: ForwardingPlan, events: TryEvents) {
    this.host = host
    this.#plan = plan
    this.#events = events
  }

  get version(): HttpVersion {
    return this.#plan.stream.head.version
  }

  /** Asks for a connection; events may come before this returns. */
  start(): void {
    const { to, stream, open } = this.#plan
    const { host } = this
    this.#wait =
      open === undefined
        ? host.httpPool(to.action.priority, stream.connection).newStream(this, this)
        : open(to.cluster, host, this)
  }

  /** An answer may still come. */
  get awaitsHead(): boolean {
    return !this.#over && !this.#answered
  }

  /** To be called when the request is whole and the connection there. */
  startTimers(timers: Timers, { perTryMs, perTryIdleMs }: TryLimits): void {
    if (this.#timeout !== undefined || this.#idle !== undefined || this.#over) return
    if (perTryMs > 0) {
      this.#timeout = new Alarm(timers, () => {
        // One of the two only, so that there is one retry only.
        this.#stopIdle()
        this.#events.onTryTimeout(this, 'whole')
      })
      this.#timeout.set(perTryMs)
    }
    if (perTryIdleMs === 0) return
    this.#idleMs = perTryIdleMs
    this.#idle = new Alarm(timers, () => {
      this.#timeout?.stop()
      this.#events.onTryTimeout(this, 'idle')
    })
    this.#idle.set(perTryIdleMs)
  }

  /** Bounds the life of the stream; to be called when the connection is there. */
  startDuration(timers: Timers, ms: number): void {
    if (ms === 0 || this.#over) return
    this.#duration = new Alarm(timers, () => this.#events.onTryTimeout(this, 'duration'))
    this.#duration.set(ms)
  }

  sendHead(head: RequestHead, endStream: boolean): void {
    this.sent = true
    this.#request = head
    this.#requestEnded = endStream
    this.#sender?.sendHead(head, endStream)
  }

  sendData(chunk: Uint8Array, endStream: boolean): boolean {
    const room = this.#sender?.sendData(chunk, endStream) ?? true
    if (endStream) this.#endRequest()
    return room
  }

  sendTrailers(trailers: HeaderList): void {
    this.#sender?.sendTrailers(trailers)
    this.#endRequest()
  }

  pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#sender?.pauseReading()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#sender?.resumeReading()
  }

  /** The host had the request and has not answered in time. Told once, whatever times out then. */
  reportTimeout(status: number): void {
    if (this.#sender === undefined || !this.awaitsHead || this.#reportedTimeout) return
    this.#reportedTimeout = true
    this.host.reportResult('local-timeout', status)
  }

  /** Gives the try up; nothing more is told of it. */
  cancel(): void {
    const isWhole = this.#requestEnded && this.#responseEnded
    if (!this.#end()) return
    this.#wait?.cancel()
    if (!isWhole) this.#sender?.reset('local-reset')
  }

  onReady(sender: MessageSender<RequestHead>, facts: UpstreamFacts): void {
    if (this.#over) {
      this.#releaseRequest()
      sender.reset('local-reset')
      return
    }
    this.#sender = sender
    this.facts = facts
    this.host.activeRequests += 1
    const { counters } = this.#plan
    counters.requests.inc()
    counters.active.add(1)
    this.host.reportResult('connected')
    this.#events.onReady(this)
  }

  onFailure(reason: ResetReason, detail: string): void {
    if (!this.#end()) return
    // Too much for the cluster is not the fault of the host.
    if (reason !== 'overflow') {
      this.#plan.counters.pendingFailures.inc()
      this.host.reportResult('connect-failed')
    }
    this.#events.onReset(this, reason, detail)
  }

  onInterim(head: ResponseHead): void {
    if (!this.#over) this.#events.onInterim(this, head)
  }

  onHead(head: ResponseHead, endStream: boolean): void {
    if (this.#over) return
    this.#answered = true
    this.#idle?.set(this.#idleMs)
    this.#tunnel = acceptsUpgrade(this.#request?.upgrade, head.status)
    this.#responseEnded = endStream
    if (this.#request !== undefined) this.host.reportAnswer(head, this.#request)
    // What follows from an answer is decided while it still counts as a request, as in Envoy: budgets go by that.
    this.#events.onHead(this, head, endStream)
    if (endStream) this.#endResponse()
  }

  onData(chunk: Uint8Array, endStream: boolean): void {
    if (this.#over) return
    this.#idle?.set(this.#idleMs)
    this.#responseEnded = endStream
    this.#events.onData(this, chunk, endStream)
    if (endStream) this.#endResponse()
  }

  onTrailers(trailers: HeaderList): void {
    if (this.#over) return
    this.#responseEnded = true
    this.#events.onTrailers(this, trailers)
    this.#end()
  }

  onReset(reason: ResetReason): void {
    if (!this.#end()) return
    this.host.reportResult('connect-failed')
    this.#events.onReset(this, reason, undefined)
  }

  onWritable(): void {
    if (!this.#over) this.#events.onWritable(this)
  }

  #endRequest(): void {
    this.#requestEnded = true
    if (this.#responseEnded) this.#end()
  }

  #endResponse(): void {
    if (this.#requestEnded || !this.#tunnel) this.#end()
  }

  #end(): boolean {
    if (this.#over) return false
    this.#over = true
    this.#timeout?.stop()
    this.#duration?.stop()
    this.#stopIdle()
    if (this.#sender === undefined) return true
    this.host.activeRequests -= 1
    this.#plan.counters.active.add(-1)
    this.#releaseRequest()
    return true
  }

  /** A tunnel of its own was not admitted by the pool. */
  #releaseRequest(): void {
    const { open, to } = this.#plan
    if (open === undefined) this.host.releaseRequest(to.action.priority)
  }

  #stopIdle(): void {
    this.#idle?.stop()
    this.#idle = undefined
  }
}
