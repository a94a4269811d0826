import { type Deadlines, deadlinesOn } from '../http/deadlines.ts'
import { limitAge } from '../http/limit-age.ts'
import type { HttpPool, HttpPoolOptions, StreamCallbacks } from '../http/pool.ts'
import { connectAhead, lacksRoom, type PoolLoad } from '../http/preconnect.ts'
import type { MessageReceiver, ResponseHead } from '../http/stream.ts'
import { admitConnection, type WaitingRequest, WaitingRequests } from '../http/waiting-requests.ts'
import { Http2ClientConnection, type Http2ConnectFailure } from './client-connection.ts'
import type { FieldLimits } from './field-block.ts'
import type { Http2Options } from './http2-options.ts'
import type { Http2Stats } from './http2-stats.ts'

/** What a pool of HTTP/2 knows beyond what every pool does. */
export interface Http2PoolOptions extends HttpPoolOptions {
  readonly http2: Http2Options
  readonly http2Stats: Http2Stats
}

/** Of responses: as of requests. */
const limits: FieldLimits = { maxHeadBytes: 60 * 1024, maxHeaders: 100 }

/** HTTP/2 connections to one host: one as long as it takes all requests, another when it is full. */
export function createHttp2Pool(options: Http2PoolOptions): HttpPool {
  return new Http2Pool(options)
}

class Http2Pool implements HttpPool {
  readonly #options: Http2PoolOptions
  readonly #deadlines: Deadlines
  readonly #connections = new Set<Http2ClientConnection>()
  readonly #pending: WaitingRequests
  #connecting = 0
  #state: 'open' | 'draining' | 'closed' = 'open'

  constructor(options: Http2PoolOptions) {
    this.#options = options
    this.#deadlines = deadlinesOn(options.timers)
    this.#pending = new WaitingRequests(options.breaker)
  }

  newStream(
    receiver: MessageReceiver<ResponseHead>,
    callbacks: StreamCallbacks,
  ): { cancel(): void } {
    if (this.#state === 'closed') {
      callbacks.onFailure('connection-failure', 'the pool is closing')
      return decided
    }
    const { preconnectRatio } = this.#options
    const connection = this.#takeAvailable()
    if (connection !== undefined) {
      this.#attach(connection, receiver, callbacks)
      if (preconnectRatio !== undefined) this.#preconnect(preconnectRatio())
      return decided
    }
    const pending = { receiver, callbacks }
    this.#wait(pending)
    return { cancel: () => void this.#pending.withdraw(pending) }
  }

  preconnect(ratio: number): boolean {
    return this.#state === 'open' && lacksRoom(this.load, ratio, 1) && this.#connect()
  }

  get load(): PoolLoad {
    const { http2, maxRequestsPerConnection } = this.#options
    let active = 0
    let capacity = this.#connecting * Math.min(http2.maxConcurrentStreams, maxRequestsPerConnection)
    for (const it of this.#connections) {
      active += it.active
      capacity += it.room
    }
    return { pending: this.#pending.size, active, capacity }
  }

  drain(): void {
    if (this.#state === 'open') this.#state = 'draining'
    for (const connection of [...this.#connections]) {
      // One that is still being made is for the requests that wait.
      if (connection.connecting && this.#pending.size > 0) continue
      if (connection.connecting) this.#giveUp(connection)
      connection.retire()
    }
  }

  close(): void {
    this.#state = 'closed'
    for (const connection of [...this.#connections]) connection.destroy()
    this.#pending.failAll('connection-failure', 'the pool is closing')
  }

  #takeAvailable(): Http2ClientConnection | undefined {
    for (const it of this.#connections) if (it.available) return it
    return undefined
  }

  #attach(
    connection: Http2ClientConnection,
    receiver: MessageReceiver<ResponseHead>,
    callbacks: StreamCallbacks,
  ): void {
    if (!this.#options.breaker.admitRequest()) {
      callbacks.onFailure('overflow', 'too many requests')
      return
    }
    const { stream, facts } = connection.open(receiver)
    if (this.#state !== 'open') connection.retire()
    callbacks.onReady(stream, facts)
  }

  #wait(pending: WaitingRequest): void {
    if (!this.#pending.add(pending)) return
    const { preconnectRatio, http2 } = this.#options
    if (preconnectRatio !== undefined) this.#preconnect(preconnectRatio())
    else if (this.#connecting * http2.maxConcurrentStreams < this.#pending.size) this.#connect()
  }

  #preconnect(ratio: number): void {
    connectAhead(this, this.#state === 'open' ? ratio : 1, () => this.#connect())
  }

  /** Whether it did, and may open another. */
  #connect(): boolean {
    const { breaker, ageLimit } = this.#options
    const admission = admitConnection(breaker, this.#connections.size)
    if (admission === 'refused') return false
    this.#connecting += 1
    const connection = new Http2ClientConnection(
      this.#options.connect(),
      {
        ...this.#options,
        deadlines: this.#deadlines,
        limits,
        stats: this.#options.http2Stats,
      },
      {
        onConnected: (it) => {
          this.#connecting -= 1
          if (ageLimit !== undefined) limitAge(it, ageLimit, this.#deadlines)
          this.#offer(it)
        },
        onCapacity: (it) => this.#offer(it),
        onClosed: (it, failure) => this.#onClosed(it, failure),
      },
    )
    this.#connections.add(connection)
    return admission === 'admitted'
  }

  #offer(connection: Http2ClientConnection): void {
    if (this.#pending.size > 0) {
      for (const next of this.#pending) {
        if (!connection.available) return
        this.#pending.withdraw(next)
        this.#attach(connection, next.receiver, next.callbacks)
      }
    }
    if (this.#state !== 'open') connection.retire()
  }

  /** Nobody waits for it, and whoever comes before it is closed gets another. */
  #giveUp(connection: Http2ClientConnection): void {
    this.#connections.delete(connection)
    this.#connecting -= 1
  }

  #onClosed(connection: Http2ClientConnection, failure: Http2ConnectFailure | undefined): void {
    this.#options.breaker.releaseConnection()
    if (!this.#connections.delete(connection)) return
    if (failure !== undefined) {
      this.#connecting -= 1
      this.#pending.failAll(failure.reason, failure.detail)
    } else if (this.#pending.size > 0 && this.#connecting === 0 && this.#state !== 'closed') {
      this.#connect()
    }
  }
}

/** Of a request that does not wait. */
const decided = { cancel: (): void => undefined }
