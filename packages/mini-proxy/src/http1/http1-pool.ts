import { type Deadlines, deadlinesOn } from '../http/deadlines.ts'
import { limitAge } from '../http/limit-age.ts'
import type { HttpPool, HttpPoolOptions, StreamCallbacks } from '../http/pool.ts'
import { connectAhead, lacksRoom, type PoolLoad } from '../http/preconnect.ts'
import type { MessageReceiver, ResponseHead } from '../http/stream.ts'
import { admitConnection, type WaitingRequest, WaitingRequests } from '../http/waiting-requests.ts'
import { type ConnectFailure, Http1ClientConnection } from './client-connection.ts'
import { defaultHttp1Limits, type Http1Limits } from './http1-limits.ts'

/** Trailers are passed on if the connection they come from lets them through. */
const limits: Http1Limits = { ...defaultHttp1Limits, trailers: true }

/** HTTP/1.1 connections to one host. The connection used last is used next, so that a quiet pool shrinks. */
export function createHttp1Pool(options: HttpPoolOptions): HttpPool {
  return new Http1Pool(options)
}

const nothingWaits = { cancel: (): void => undefined }

class Http1Pool implements HttpPool {
  readonly #options: HttpPoolOptions
  readonly #deadlines: Deadlines
  readonly #connections = new Set<Http1ClientConnection>()
  /** The last one is taken first. */
  readonly #idle: Http1ClientConnection[] = []
  readonly #pending: WaitingRequests
  #connecting = 0
  #state: 'open' | 'draining' | 'closed' = 'open'

  constructor(options: HttpPoolOptions) {
    this.#options = options
    this.#deadlines = deadlinesOn(options.timers)
    this.#pending = new WaitingRequests(options.breaker)
  }

  newStream(
    receiver: MessageReceiver<ResponseHead>,
    callbacks: StreamCallbacks,
  ): { cancel(): void } {
    const { preconnectRatio } = this.#options
    const pending = { receiver, callbacks }
    const connection = this.#takeIdle()
    if (this.#state === 'closed') callbacks.onFailure('connection-failure', 'the pool is closing')
    else if (connection === undefined) {
      this.#wait(pending)
      return { cancel: () => this.#pending.withdraw(pending) }
    } else {
      if (!this.#attach(connection, pending)) this.#idle.push(connection)
      if (preconnectRatio !== undefined) this.#preconnect(preconnectRatio())
    }
    return nothingWaits
  }

  preconnect(ratio: number): boolean {
    return this.#state === 'open' && lacksRoom(this.load, ratio, 1) && this.#connect()
  }

  get load(): PoolLoad {
    let active = 0
    let capacity = this.#connecting
    for (const it of this.#connections) {
      if (it.busy) active += 1
      else if (it.available) capacity += 1
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

  /** One that the server is closing is still among them until its last event. */
  #takeIdle(): Http1ClientConnection | undefined {
    for (let it = this.#idle.pop(); it !== undefined; it = this.#idle.pop()) {
      if (it.available) return it
    }
    return undefined
  }

  /** False if there are too many requests: the connection is left for another. */
  #attach(connection: Http1ClientConnection, { receiver, callbacks }: WaitingRequest): boolean {
    if (!this.#options.breaker.admitRequest()) {
      callbacks.onFailure('overflow', 'too many requests')
      return false
    }
    const { facts } = connection
    const exchange = connection.open(receiver)
    if (this.#state !== 'open') connection.retire()
    callbacks.onReady(exchange, facts)
    return true
  }

  #wait(pending: WaitingRequest): void {
    if (!this.#pending.add(pending)) return
    const { preconnectRatio } = this.#options
    if (preconnectRatio !== undefined) this.#preconnect(preconnectRatio())
    else if (this.#connecting < this.#pending.size) this.#connect()
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
    const connection = new Http1ClientConnection(
      this.#options.connect(),
      { ...this.#options, deadlines: this.#deadlines, limits },
      {
        onConnected: (it) => {
          this.#connecting -= 1
          if (ageLimit !== undefined) limitAge(it, ageLimit, this.#deadlines)
          this.#offer(it)
        },
        onIdle: (it) => this.#offer(it),
        onClosed: (it, failure) => this.#onClosed(it, failure),
      },
    )
    this.#connections.add(connection)
    return admission === 'admitted'
  }

  #offer(connection: Http1ClientConnection): void {
    if (this.#pending.size > 0 && this.#serve(connection)) return
    if (this.#state === 'open') this.#idle.push(connection)
    else connection.destroy()
  }

  /** False: it is for nobody who waits. */
  #serve(connection: Http1ClientConnection): boolean {
    for (const next of this.#pending) {
      this.#pending.withdraw(next)
      if (this.#attach(connection, next)) return true
    }
    return false
  }

  /** Nobody waits for it, and whoever comes before it is closed gets another. */
  #giveUp(connection: Http1ClientConnection): void {
    this.#connections.delete(connection)
    this.#connecting -= 1
  }

  #onClosed(connection: Http1ClientConnection, failure: ConnectFailure | undefined): void {
    this.#options.breaker.releaseConnection()
    if (!this.#connections.delete(connection)) return
    const at = this.#idle.lastIndexOf(connection)
    if (at !== -1) this.#idle.splice(at, 1)
    if (failure !== undefined) {
      this.#connecting -= 1
      this.#pending.failAll(failure.reason, failure.detail)
    } else if (this.#pending.size > this.#connecting && this.#state !== 'closed') this.#connect()
  }
}
