import type { Match, RouteTable } from '@meshwright/route-matcher'
import { StreamInfo } from '../access-log/stream-info.ts'
import type { ClusterSet } from '../cluster/cluster.ts'
import type { FilterStream, HttpFilter, LocalReply } from '../filters/http-filter.ts'
import type { Expiring } from '../http/deadlines.ts'
import { HeaderList } from '../http/header-list.ts'
import { MatchRequest } from '../http/match-request.ts'
import type {
  ConnectionFacts,
  MessageReceiver,
  MessageSender,
  RequestHead,
  ResetReason,
  ResponseHead,
} from '../http/stream.ts'
import { acceptsUpgrade } from '../http/upgrade.ts'
import { routeRequest } from '../router/route-request.ts'
import type { RouterRequest } from '../router/router-request.ts'
import type { RouterStream } from '../router/router-stream.ts'
import { filterStreamOf } from './filter-stream.ts'
import type { HcmRuntime } from './hcm-runtime.ts'
import { localResponse } from './local-reply.ts'
import { overloadReply } from './overload-reply.ts'
import { admitRequest } from './request-edge.ts'
import { filterFailure, type RequestBodySink, type RequestPathOwner } from './request-path.ts'
import type { ResponseOutlet, ResponseSink } from './response-path.ts'
import { StreamDeadlines } from './stream-deadlines.ts'
import { StreamFilters } from './stream-filters.ts'

const noHeaders = new HeaderList()
const noTable = { internalOnlyHeaders: [], match: () => undefined }

/** One request in the connection manager, from its head to its line in the access log. */
export class HttpStream
  implements MessageReceiver<RequestHead>, RequestPathOwner, ResponseSink, RouterStream, Expiring
{
  readonly connection: ConnectionFacts
  readonly info: StreamInfo
  readonly #runtime: HcmRuntime
  readonly #sender: MessageSender<ResponseHead>
  readonly #deadlines: StreamDeadlines
  /** Asked once: a request finishes on the tables that it started with. */
  readonly #table: Pick<RouteTable, 'internalOnlyHeaders' | 'match'>
  #random: number | undefined
  readonly clusters: ClusterSet
  #head: RequestHead | undefined
  #match: Match | undefined
  #matched = false
  /** Undefined: there are none. */
  #filters: StreamFilters | undefined
  /** What takes the rest of the request: the filters, or else the router. */
  #rest: RequestBodySink | undefined
  /** What the response goes to first: the filters, or else what is after them. */
  #outlet: ResponseOutlet = this
  #router: RouterRequest | undefined
  watchedAt = -1
  #requestEnded = false
  #responseStarted = false
  #upgrading = false
  #tunnel = false
  #responseEnded = false
  #over = false

  constructor(
    runtime: HcmRuntime,
    sender: MessageSender<ResponseHead>,
    connection: ConnectionFacts,
  ) {
    this.#runtime = runtime
    this.#sender = sender
    this.connection = connection
    this.#table = runtime.routes() ?? noTable
    this.clusters = runtime.context.clusters()
    this.info = new StreamInfo(connection, runtime.context.wallClock(), runtime.now)
    this.#deadlines = new StreamDeadlines(runtime.deadlines, runtime.options)
  }

  get deadline(): number {
    return this.#deadlines.next
  }

  get head(): RequestHead {
    if (this.#head === undefined) throw new Error('the stream has no head yet')
    return this.#head
  }

  get match(): Match | undefined {
    if (!this.#matched) this.#findRoute()
    return this.#match
  }

  /** The one draw of the request: however often it is routed, it goes the same way. */
  get random(): number {
    this.#random ??= this.#runtime.context.random()
    return this.#random
  }

  onHead(head: RequestHead, endStream: boolean): void {
    const runtime = this.#runtime
    const { stats } = runtime
    stats.requests.inc()
    if (head.version === '2') stats.http2Requests.inc()
    else stats.http1Requests.inc()
    stats.activeRequests.add(1)
    runtime.deadlines.add(this)
    this.#head = head
    this.info.request = head
    if (endStream) this.#endRequest()
    const { edge } = runtime.options
    const admitted = admitRequest(head, this.connection, edge, this.#table.internalOnlyHeaders)
    this.info.remoteAddress = admitted.remoteAddress
    const reply = admitted.reply ?? overloadReply(runtime) ?? this.#refuseUpgrade(head)
    if (reply === undefined) this.#begin(head, endStream)
    else this.respond(reply)
  }

  onData(chunk: Uint8Array, endStream: boolean): void {
    this.info.bytesReceived += chunk.length
    this.#deadlines.onActivity()
    if (endStream) this.#endRequest()
    this.#rest?.data(chunk, endStream)
    if (endStream && this.#responseEnded) this.#finish()
  }

  onTrailers(trailers: HeaderList): void {
    this.#endRequest()
    this.#rest?.trailers(trailers)
  }

  onReset(reason: ResetReason): void {
    if (this.#over) return
    const broken = reason === 'protocol-error'
    this.#runtime.stats.resetByClient.inc()
    const http1 = this.#head?.version !== '2'
    // The codec of HTTP/1 answers it, unless a response is on its way already.
    if (broken && http1 && !this.#responseStarted) {
      this.info.response = { status: 400, headers: noHeaders }
    }
    const codecError = http1 ? 'http1.codec_error' : 'http2.violation.of.messaging.rule'
    this.info.addFlag(broken ? 'DPE' : 'DC')
    this.info.responseCodeDetails = broken ? codecError : 'downstream_remote_disconnect'
    this.#finish()
  }

  onWritable(): void {
    this.#deadlines.onActivity()
    if (this.#filters?.response.writable() ?? true) this.#router?.downstreamWritable()
  }

  hurry(share: number, now: number): void {
    this.#deadlines.hurry(share, now, this.#runtime.context.overload.floors)
  }

  onDeadline(): void {
    const reply = this.#deadlines.expired(this.#requestEnded, this.#runtime.stats)
    if (reply !== undefined) this.respond(reply)
  }

  respond(reply: LocalReply): void {
    if (this.#over) return
    this.#dropRest()
    this.#router?.cancel()
    this.#router = undefined
    if (reply.flag !== undefined) this.info.addFlag(reply.flag)
    this.info.responseCodeDetails = reply.details
    if (this.#filters?.response.begun === true || this.#responseStarted) {
      this.resetDownstream()
      return
    }
    const { head, body: plain } = localResponse(reply, this.head)
    this.info.localReplyBody = plain
    this.info.response = head
    if (!this.#requestEnded) head.headers.set('connection', 'close')
    const { isFinal = false } = reply
    const body = isFinal ? plain : this.#runtime.rewriteLocalReply(head, this.info, this.#match)
    this.#outlet.sendHead(head, body === '')
    if (body !== '') this.#outlet.sendData(Buffer.from(body), true)
  }

  onFilterError(error: unknown): void {
    const message = `http filter failed: ${error instanceof Error ? error.message : String(error)}`
    this.#runtime.context.log({ level: 'error', scope: 'http', message })
  }

  forward(endStream: boolean): RouterRequest {
    this.#router = routeRequest(this, endStream, this.#runtime.router)
    return this.#router
  }

  pauseReading(): void {
    this.#sender.pauseReading()
  }

  resumeReading(): void {
    this.#sender.resumeReading()
  }

  pauseRequest(): void {
    this.pauseReading()
  }

  resumeRequest(): void {
    this.resumeReading()
  }

  respondInterim(head: ResponseHead): void {
    // The client was told to go on when its request arrived, unless that is the upstream's to say.
    if (head.status === 100 && !this.#runtime.options.proxyContinue) return
    this.#sender.sendInterim?.(head)
  }

  respondHead(head: ResponseHead, endStream: boolean): void {
    this.#deadlines.onActivity()
    this.#outlet.sendHead(head, endStream)
  }

  respondData(chunk: Uint8Array, endStream: boolean): boolean {
    this.#deadlines.onActivity()
    return this.#outlet.sendData(chunk, endStream)
  }

  respondTrailers(trailers: HeaderList): void {
    this.#outlet.sendTrailers(trailers)
  }

  respondLocally(reply: LocalReply): void {
    this.#router = undefined
    this.respond(reply)
  }

  resetDownstream(): void {
    if (this.#over) return
    this.#finish()
    this.#sender.reset('local-reset')
  }

  sendHead(head: ResponseHead, endStream: boolean): void {
    if (this.#over) return
    this.#responseStarted = true
    this.info.response = head
    this.#runtime.finishResponse(head.headers, this.head)
    this.#tunnel = acceptsUpgrade(this.head.upgrade, head.status)
    if (endStream) this.#endResponse()
    this.#sender.sendHead(head, endStream)
  }

  sendData(chunk: Uint8Array, endStream: boolean): boolean {
    if (this.#over) return true
    if (this.head.method !== 'HEAD') this.info.bytesSent += chunk.length
    if (endStream) this.#endResponse()
    return this.#sender.sendData(chunk, endStream)
  }

  sendTrailers(trailers: HeaderList): void {
    if (this.#over) return
    this.info.responseTrailers = trailers
    this.#endResponse()
    this.#sender.sendTrailers(trailers)
  }

  #endRequest(): void {
    this.#requestEnded = true
    this.info.markRequestReceived()
    this.#deadlines.onRequestEnd()
  }

  /** The two directions of a tunnel end each on its own. */
  #endResponse(): void {
    this.#responseEnded = true
    if (this.#requestEnded || !this.#tunnel) this.#finish()
  }

  #refuseUpgrade(head: RequestHead): LocalReply | undefined {
    if (head.upgrade === undefined) return undefined
    const refusal = this.#runtime.upgrades.refuse(head, this.match)
    if (refusal !== undefined) return refusal
    // The request is its head.
    this.#deadlines.onRequestEnd()
    this.#upgrading = true
    this.#runtime.stats.upgrades.inc()
    this.#runtime.stats.activeUpgrades.add(1)
    return undefined
  }

  #findRoute(): void {
    this.#matched = true
    const request = new MatchRequest(this.head, this.connection, this.info.remoteAddress)
    const match = this.#table.match(request, this)
    this.#match = match
    this.info.setRoute(match, match?.virtualHost.virtualCluster(request))
    if (match?.action.kind === 'cluster') this.#deadlines.goBy(match.action, this.head)
  }

  #filterStream(name: string): FilterStream {
    return filterStreamOf(name, {
      info: this.info,
      match: () => this.match,
      forgetMatch: () => {
        this.#matched = false
      },
      resumeRequest: (decision) => this.#filters?.request.resume(decision),
      resumeResponse: () => this.#filters?.response.resume(),
    })
  }

  #begin(head: RequestHead, endStream: boolean): void {
    const filters = this.#openFilters(head)
    if (filters === undefined) return
    if (filters.length === 0) this.#rest = this.forward(endStream)
    else this.#filter(filters, head, endStream)
  }

  #filter(filters: readonly HttpFilter[], head: RequestHead, endStream: boolean): void {
    this.#filters = new StreamFilters(filters, head, this, this.#runtime.context)
    this.#outlet = this.#filters.response
    this.#rest = this.#filters.request
    this.#filters.request.start(endStream)
  }

  /** Undefined: one of them could not be made, and the request is answered. */
  #openFilters(head: RequestHead): readonly HttpFilter[] | undefined {
    try {
      const { filters, upgrades } = this.#runtime
      const chain = upgrades.filtersFor(head) ?? filters
      return chain.open(this.match, (name) => this.#filterStream(name))
    } catch (error) {
      this.onFilterError(error)
      this.respond(filterFailure)
      return undefined
    }
  }

  /** What still comes of the request goes nowhere. */
  #dropRest(): void {
    this.#filters?.request.stop()
    this.#rest = undefined
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#runtime.deadlines.remove(this)
    if (this.#upgrading) this.#runtime.stats.activeUpgrades.add(-1)
    this.#dropRest()
    this.#filters?.response.stop()
    this.#router?.cancel()
    this.#filters?.end()
    this.info.markEnd()
    this.#runtime.record(this.info)
  }
}
