import type { Cluster, UpstreamHost } from '../cluster/cluster.ts'
import type { RoutingPriority } from '../cluster/priority-breaker.ts'
import type { HeaderList } from '../http/header-list.ts'
import type { StreamCallbacks, UpstreamFacts } from '../http/pool.ts'
import type {
  MessageReceiver,
  MessageSender,
  RequestHead,
  ResetReason,
  ResponseHead,
} from '../http/stream.ts'
import { acceptsUpgrade } from '../http/upgrade.ts'
import { clusterCounters } from './cluster-counters.ts'

/** What a try tells the router. */
export interface TryEvents {
  /** The upstream connection is there: send. */
  onReady(attempt: UpstreamTry, facts: UpstreamFacts): void
  onInterim(attempt: UpstreamTry, head: ResponseHead): void
  onHead(attempt: UpstreamTry, head: ResponseHead, endStream: boolean): void
  onData(chunk: Uint8Array, endStream: boolean): void
  onTrailers(trailers: HeaderList): void
  onWritable(attempt: UpstreamTry): void
  onReset(attempt: UpstreamTry, reason: ResetReason, detail: string | undefined): void
}

/** Opens a connection that ends in a tunnel at once, for CONNECT. */
export type OpenTunnel = (
  cluster: Cluster,
  host: UpstreamHost,
  to: MessageReceiver<ResponseHead> & StreamCallbacks,
) => { cancel(): void }

/** What a timeout counts as. */
const timeoutStatus = 504

/** One go at getting an answer from one host. */
export class UpstreamTry implements MessageReceiver<ResponseHead>, StreamCallbacks {
  readonly cluster: Cluster
  readonly host: UpstreamHost
  readonly #priority: RoutingPriority
  readonly #events: TryEvents
  #wait: { cancel(): void } | undefined
  #sender: MessageSender<RequestHead> | undefined
  #request: RequestHead | undefined
  #over = false
  #paused = false
  /** The server agreed to an upgrade: the two directions end each on its own. */
  #tunnel = false
  #requestEnded = false
  #responseEnded = false
  /** The stream holds a request that the breaker admitted. */
  #admitted = true
  /** The connection had carried a request before. */
  reused = false
  /** The head of the request went out. */
  sent = false
  /** A response, interim or not, has begun. */
  answered = false

  constructor(cluster: Cluster, host: UpstreamHost, priority: RoutingPriority, events: TryEvents) {
    this.cluster = cluster
    this.host = host
    this.#priority = priority
    this.#events = events
    host.activeRequests += 1
    clusterCounters(cluster.stats).active.add(1)
  }

  /** Asks for a connection; events may come before this returns. `open`: for one that is not of the pool. */
  start(open?: OpenTunnel): void {
    this.#admitted = open === undefined
    this.#wait =
      open === undefined
        ? this.host.httpPool(this.#priority).newStream(this, this)
        : open(this.cluster, this.host, this)
  }

  get ready(): boolean {
    return this.#sender !== undefined && !this.#over
  }

  sendHead(head: RequestHead, endStream: boolean): void {
    this.sent = true
    this.#request = head
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

  /** The host had the request and has not answered in time. */
  reportTimeout(): void {
    if (this.ready && !this.answered) this.host.reportResult('local-timeout', timeoutStatus)
  }

  /** Gives the try up; nothing more is told of it. */
  cancel(): void {
    if (!this.#end()) return
    this.#wait?.cancel()
    this.#sender?.reset('local-reset')
  }

  onReady(sender: MessageSender<RequestHead>, facts: UpstreamFacts): void {
    if (this.#over) {
      if (this.#admitted) this.host.releaseRequest(this.#priority)
      sender.reset('local-reset')
      return
    }
    this.#sender = sender
    this.reused = facts.reused
    this.host.reportResult('connected')
    this.#events.onReady(this, facts)
  }

  onFailure(reason: ResetReason, detail: string): void {
    if (!this.#end()) return
    // Too much for the cluster is not the fault of the host.
    if (reason !== 'overflow') this.host.reportResult('connect-failed')
    this.#events.onReset(this, reason, detail)
  }

  onInterim(head: ResponseHead): void {
    if (this.#over) return
    this.answered = true
    this.#events.onInterim(this, head)
  }

  onHead(head: ResponseHead, endStream: boolean): void {
    if (this.#over) return
    this.answered = true
    this.#tunnel = acceptsUpgrade(this.#request?.upgrade, head.status)
    if (endStream) this.#endResponse()
    if (this.#request !== undefined) this.host.reportAnswer(head, this.#request)
    this.#events.onHead(this, head, endStream)
  }

  onData(chunk: Uint8Array, endStream: boolean): void {
    if (this.#over) return
    if (endStream) this.#endResponse()
    this.#events.onData(chunk, endStream)
  }

  onTrailers(trailers: HeaderList): void {
    if (this.#end()) this.#events.onTrailers(trailers)
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
    this.#responseEnded = true
    if (this.#requestEnded || !this.#tunnel) this.#end()
  }

  #end(): boolean {
    if (this.#over) return false
    this.#over = true
    this.host.activeRequests -= 1
    clusterCounters(this.cluster.stats).active.add(-1)
    if (this.#sender !== undefined && this.#admitted) this.host.releaseRequest(this.#priority)
    return true
  }
}
