import type { NodeJson } from '@meshwright/xds-types/envoy/config/core/v3'
import type { AdsSource } from '../bootstrap/bootstrap.ts'
import type { ConfigState } from '../config-state.ts'
import type { Log } from '../log.ts'
import type { AdsResponse } from '../protocol/response.ts'
import type { AdsRequest, AdsSession } from '../protocol/session.ts'
import { type AdsVariant, adsVariants } from '../protocol/variant.ts'
import { type ResourceType, resourceTypes } from '../resource-type.ts'
import type { Timers } from '../time.ts'
import { type AdsStream, openAdsStream } from './ads-stream.ts'
import { BackOff } from './back-off.ts'

const baseBackOffMs = 500
const maxBackOffMs = 30_000
// A stream that breaks sooner is one more failure: a response that is refused by breaking off would come at once again.
const provenMs = 5_000

/** What an {@link AdsConnection} works with. */
export interface AdsConnectionOptions {
  readonly source: AdsSource
  readonly node: NodeJson
  readonly state: ConfigState
  readonly maxMessageBytes: number
  readonly timers: Timers
  readonly random: () => number
  readonly log: Log
  /** Takes a response; gives what to answer, undefined: nothing. */
  readonly onResponse: (response: AdsResponse, fullState: boolean) => Answer | undefined
  /** Told when the control plane takes a stream, and when one that it took has ended. */
  readonly onConnected: (connected: boolean) => void
  /** Told of each attempt that the control plane did not take. */
  readonly onUnreachable: () => void
  /** Told of each subscription that is sent. */
  readonly onSubscribe: (type: ResourceType) => void
}

/** The answer to a response: an ACK, or a NACK with its reason. */
export interface Answer {
  readonly type: ResourceType
  readonly fault: string | undefined
}

/** Keeps a stream to the control plane open, for as long as it lives. */
export class AdsConnection {
  readonly #options: AdsConnectionOptions
  readonly #variant: AdsVariant
  readonly #backOff: BackOff
  #stream: AdsStream | undefined
  #session: AdsSession | undefined
  #retry: unknown
  #proven: unknown
  #connected = false
  #closed = false

  constructor(options: AdsConnectionOptions) {
    this.#options = options
    this.#variant = adsVariants[options.source.variant]
    this.#backOff = new BackOff(baseBackOffMs, maxBackOffMs, options.random)
  }

  /** Opens the first stream. */
  open(): void {
    const { source, node, state, maxMessageBytes } = this.#options
    state.streamOpened()
    this.#session = this.#variant.createSession(node, source.nodeOnFirstMessageOnly, state.held)
    try {
      this.#stream = openAdsStream(source, this.#variant.path, maxMessageBytes, {
        onOpen: () => this.#onOpen(),
        onMessage: (bytes) => this.#onMessage(bytes),
        onEnd: (reason) => this.#onEnd(reason),
      })
    } catch (error) {
      // A certificate that is just being replaced may be whole the next time.
      this.#onEnd(error instanceof Error ? error.message : String(error))
      return
    }
    this.subscribe()
  }

  /** Tells the control plane what is wanted now, as far as it does not know. */
  subscribe(): void {
    const { state, onSubscribe } = this.#options
    for (const type of resourceTypes) {
      const refresh = state.takeRefresh(type)
      const requests = this.#session?.subscribe(type, state.wanted(type), refresh) ?? []
      for (const request of requests) {
        onSubscribe(type)
        this.#send(request)
      }
    }
  }

  /**
   * Tells the control plane what is held now, although the stream did not begin with it. Where only the first request
   * of a stream can say so, and the server would never take back what it does not know of, that takes a new stream.
   */
  restate(): void {
    if (this.#stream === undefined || this.#variant.fullState) {
      this.subscribe()
      return
    }
    this.#stream.close()
    this.open()
  }

  close(): void {
    this.#closed = true
    this.#options.timers.clearTimeout(this.#retry)
    this.#forgetProof()
    this.#stream?.close()
    this.#stream = undefined
  }

  #forgetProof(): void {
    this.#options.timers.clearTimeout(this.#proven)
    this.#proven = undefined
  }

  #send(request: AdsRequest): void {
    this.#stream?.send(this.#variant.encode(request))
  }

  #onOpen(): void {
    if (this.#connected) return
    this.#connected = true
    this.#options.onConnected(true)
  }

  #onMessage(bytes: Uint8Array): void {
    const response = this.#decode(bytes)
    if (response === undefined) return
    this.#onOpen()
    this.#proven ??= this.#options.timers.setTimeout(() => this.#backOff.reset(), provenMs)
    const answer = this.#options.onResponse(response, this.#variant.fullState)
    if (answer === undefined || this.#session === undefined) return
    this.#send(this.#session.answer(answer.type, response.nonce, answer.fault))
    this.subscribe()
  }

  // What is no response has no nonce either: there is no way to refuse it but to start over.
  #decode(bytes: Uint8Array): AdsResponse | undefined {
    try {
      return this.#variant.decode(bytes)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.#stream?.close()
      this.#onEnd(`the control plane sent what is no response: ${reason}`)
      return undefined
    }
  }

  #onEnd(reason: string): void {
    if (this.#closed) return
    this.#stream = undefined
    this.#session = undefined
    this.#forgetProof()
    const { timers, log, source, onConnected, onUnreachable } = this.#options
    const retryMs = Math.round(this.#backOff.next())
    const message = 'no stream to the control plane'
    log({ level: 'warn', scope: 'xds-client', message, target: source.target, reason, retryMs })
    if (this.#connected) onConnected(false)
    else onUnreachable()
    this.#connected = false
    this.#retry = timers.setTimeout(() => this.open(), retryMs)
  }
}
