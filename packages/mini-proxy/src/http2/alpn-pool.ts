import type { Socket } from 'node:net'
import { deadlinesOn, type Expiring } from '../http/deadlines.ts'
import type { HostPoolOptions, HttpPool, StreamCallbacks } from '../http/pool.ts'
import { lacksRoom, type PoolLoad } from '../http/preconnect.ts'
import type { MessageReceiver, ResetReason, ResponseHead } from '../http/stream.ts'
import { type Admission, admitConnection } from '../http/waiting-requests.ts'
import { nodeTls } from '../tls/node-tls.ts'

/** Makes the pool of one version; the connections it asks for are opened, or were, by `connect`. */
type CreatePool = (version: 1 | 2, connect: () => Socket) => HttpPool

/** A pool that speaks what the first handshake with its host agrees on; without TLS that is HTTP/1. */
export function createAlpnPool(options: HostPoolOptions, create: CreatePool): HttpPool {
  return new AlpnPool(options, create)
}

interface Pending {
  readonly receiver: MessageReceiver<ResponseHead>
  readonly callbacks: StreamCallbacks
  inner: { cancel(): void } | undefined
}

class AlpnPool implements HttpPool, Expiring {
  deadline = Number.POSITIVE_INFINITY
  readonly #options: HostPoolOptions
  readonly #create: CreatePool
  readonly #pending = new Set<Pending>()
  #pool: HttpPool | undefined
  /** The connection whose handshake is waited for. */
  #first: Socket | undefined
  /** It is wanted even if nothing waits for it. */
  #preconnects = false
  #timedOut = false
  #state: 'open' | 'draining' | 'closed' = 'open'

  constructor(options: HostPoolOptions, create: CreatePool) {
    this.#options = options
    this.#create = create
  }

  newStream(
    receiver: MessageReceiver<ResponseHead>,
    callbacks: StreamCallbacks,
  ): { cancel(): void } {
    if (this.#pool !== undefined) return this.#pool.newStream(receiver, callbacks)
    const pending: Pending = { receiver, callbacks, inner: undefined }
    if (this.#state === 'closed') callbacks.onFailure('connection-failure', 'the pool is closing')
    else if (this.#options.breaker.admitPending()) {
      this.#pending.add(pending)
      if (this.#first === undefined) this.#connect()
    } else callbacks.onFailure('overflow', 'too many pending requests')
    return {
      cancel: () => {
        if (!this.#withdraw(pending)) pending.inner?.cancel()
      },
    }
  }

  /** Until it is known what is spoken there is one connection and no more. */
  preconnect(ratio: number): boolean {
    if (this.#pool !== undefined) return this.#pool.preconnect(ratio)
    if (this.#state !== 'open' || this.#first !== undefined) return false
    this.#preconnects = true
    return lacksRoom(this.load, ratio, 1) && this.#connect() === 'admitted'
  }

  get load(): PoolLoad {
    if (this.#pool !== undefined) return this.#pool.load
    return { pending: this.#pending.size, active: 0, capacity: this.#first === undefined ? 0 : 1 }
  }

  drain(): void {
    if (this.#state === 'open') this.#state = 'draining'
    this.#pool?.drain()
  }

  close(): void {
    this.#state = 'closed'
    this.#pool?.close()
    this.#first?.destroy()
    this.#failPending('connection-failure', 'the pool is closing')
  }

  onDeadline(): void {
    this.#timedOut = true
    this.#first?.destroy()
  }

  #withdraw(pending: Pending): boolean {
    const waited = this.#pending.delete(pending)
    if (waited) this.#options.breaker.releasePending()
    return waited
  }

  #connect(): Admission {
    const { breaker, connectUndecided, connectEvent, connectTimeoutMs, timers } = this.#options
    const admission = admitConnection(breaker, 0)
    const socket = connectUndecided()
    const deadlines = deadlinesOn(timers)
    let detail = 'closed'
    const onError = (error: Error): void => {
      detail = error.message
    }
    const release = (): void => {
      deadlines.remove(this)
      socket.off('close', onClose)
      socket.off('error', onError)
      socket.off(connectEvent, onConnected)
      this.#first = undefined
      breaker.releaseConnection()
    }
    const onClose = (): void => {
      release()
      const reason = this.#timedOut ? 'connect-timeout' : 'connection-failure'
      this.#failPending(reason, this.#timedOut ? 'connect timeout' : detail)
    }
    const onConnected = (): void => {
      release()
      this.#onConnected(socket)
    }
    this.#first = socket
    this.#timedOut = false
    this.deadline = deadlines.after(connectTimeoutMs)
    deadlines.add(this)
    socket.on('error', onError)
    socket.once('close', onClose)
    socket.once(connectEvent, onConnected)
    return admission
  }

  /** The pool of the version takes this connection first, and hears then that it is there. */
  #onConnected(socket: Socket): void {
    const { connectUndecided, connectEvent } = this.#options
    const agreed = socket instanceof nodeTls().TLSSocket ? socket.alpnProtocol : undefined
    let ready: Socket | undefined = socket
    const pool = this.#create(agreed === 'h2' ? 2 : 1, () => {
      const next = ready ?? connectUndecided()
      ready = undefined
      return next
    })
    this.#pool = pool
    for (const pending of [...this.#pending]) {
      this.#withdraw(pending)
      pending.inner = pool.newStream(pending.receiver, pending.callbacks)
    }
    if (ready !== undefined && this.#preconnects) pool.preconnect(1)
    if (ready === undefined) socket.emit(connectEvent)
    else socket.destroy()
    if (this.#state !== 'open') pool.drain()
  }

  #failPending(reason: ResetReason, detail: string): void {
    for (const pending of [...this.#pending]) {
      if (this.#withdraw(pending)) pending.callbacks.onFailure(reason, detail)
    }
  }
}
