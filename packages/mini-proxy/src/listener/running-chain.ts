import { Socket } from 'node:net'
import type { HcmContext } from '../hcm/hcm-context.ts'
import type { ConnectionFacts } from '../http/stream.ts'
import type { Connection } from '../network/connection.ts'
import type { HeavyStream, IdleConnections, NetworkFilter } from '../network/network-filter.ts'
import { reducedMs } from '../overload/timeout-floors.ts'
import type { StatsScope } from '../stats/stats.ts'
import { OpenConnections } from '../tcp/open-connections.ts'
import { createTlsTerminator, type TlsTerminator } from '../tls/downstream-tls.ts'
import type { Secrets } from '../tls/supplied-tls.ts'
import type { CompiledChain } from './compile-listener.ts'
import { type AdmitConnection, createConnectionLimit } from './connection-limit.ts'

/** What a filter chain takes from the proxy around it. */
export interface ChainContext extends HcmContext {
  readonly secrets: Secrets
}

/** A filter chain at work. It may outlive the listener version that started it. */
export class RunningChain {
  readonly key: string
  readonly #filter: NetworkFilter
  readonly #limits: readonly AdmitConnection[]
  readonly #tls: TlsTerminator | undefined
  readonly #open = new OpenConnections()

  /** `stats` is the scope of the listener. */
  constructor(chain: CompiledChain, context: ChainContext, stats: StatsScope) {
    this.key = chain.key
    this.#filter = chain.terminal.create(context)
    this.#limits = chain.terminal.limits.map((it) => createConnectionLimit(it, context))
    this.#tls =
      chain.tls &&
      createTlsTerminator({
        tls: chain.tls,
        alpn: chain.tls.common.alpn,
        handshakeTimeoutMs: () => {
          const { floors, reduceTimeouts } = context.overload
          return reducedMs(chain.handshakeTimeoutMs, floors.handshake, reduceTimeouts)
        },
        timers: context.timers,
        secrets: context.secrets,
        stats,
      })
  }

  serve(socket: Connection, facts: ConnectionFacts): void {
    this.#open.add(socket)
    if (!this.#limits.every((admits) => admits(socket))) return
    if (this.#tls === undefined) {
      this.#filter.onConnection(socket, facts)
      return
    }
    if (!(socket instanceof Socket)) throw new TypeError('expected a socket, which TLS needs')
    this.#tls.accept(socket, (secure, tls) => {
      // What waits to be written waits there.
      this.#open.add(secure)
      this.#filter.onConnection(secure, { ...facts, tls })
    })
  }

  /** Connections that are open. */
  get connections(): Iterable<Connection> {
    return this.#open
  }

  /** Streams that share connections and hold at least so much. */
  heavyStreams(leastBytes: number): Iterable<HeavyStream> {
    return this.#filter.heavyStreams?.(leastBytes) ?? []
  }

  /** Settles once there is no connection. */
  get empty(): Promise<void> {
    return this.#open.empty
  }

  /** Asks connections to end. */
  drain(idle: IdleConnections, overMs: number): void {
    this.#filter.drain(idle, overMs)
  }

  /** Ends every connection now. */
  close(): void {
    this.#filter.close()
    this.#open.destroyAll()
  }
}
