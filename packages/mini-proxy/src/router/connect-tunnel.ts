import type { Socket } from 'node:net'
import type { ClusterAction } from '@meshwright/route-matcher'
import type { Timers } from '../ambient.ts'
import type { Cluster, UpstreamHost } from '../cluster/cluster.ts'
import { HeaderList } from '../http/header-list.ts'
import type { StreamCallbacks } from '../http/pool.ts'
import type {
  ConnectionFacts,
  MessageReceiver,
  MessageSender,
  RequestHead,
  ResetReason,
  ResponseHead,
} from '../http/stream.ts'
import {
  type ProxyProtocolConfigJson,
  proxiedAddresses,
  writeProxyHeader,
} from '../network/proxy-header.ts'
import type { RouterStream } from './router-stream.ts'
import type { OpenTunnel } from './upstream-try.ts'

/** How to connect for a CONNECT that ends at this proxy, `connect_config`; undefined for what is passed on as HTTP. */
export function connectTunnel(
  { head, connection }: Pick<RouterStream, 'head' | 'connection'>,
  action: ClusterAction,
  timers: Timers,
): OpenTunnel | undefined {
  if (head.upgrade !== 'CONNECT') return undefined
  const policy = action.upgrades.find((it) => it.type === 'connect')
  if (policy?.connectConfig === undefined) return undefined
  // The shape was validated with its message type.
  const { proxyProtocolConfig } = policy.connectConfig as ConnectConfigJson
  const header =
    proxyProtocolConfig &&
    writeProxyHeader(proxyProtocolConfig.version === 'V2' ? 2 : 1, proxiedAddresses(connection))
  return (cluster, host, to) => {
    if (host.admitConnection()) {
      return new TcpTunnel({ cluster, host, to, timers, connection, header })
    }
    to.onFailure('overflow', 'too many connections')
    return { cancel: () => undefined }
  }
}

interface ConnectConfigJson {
  readonly proxyProtocolConfig?: ProxyProtocolConfigJson
}

interface TunnelParts {
  readonly connection: ConnectionFacts
  /** What goes before all else. */
  readonly header: Buffer | undefined
  readonly cluster: Cluster
  readonly host: UpstreamHost
  readonly to: MessageReceiver<ResponseHead> & StreamCallbacks
  readonly timers: Timers
}

/** A bare connection that takes the place of an HTTP server: it agrees to CONNECT as soon as it is there. */
class TcpTunnel implements MessageSender<RequestHead> {
  readonly #parts: TunnelParts
  readonly #socket: Socket
  #connected = false
  #failed: readonly [reason: ResetReason, detail: string] | undefined
  #requestEnded = false
  #responseEnded = false
  #over = false
  #pauses = 0

  constructor(parts: TunnelParts) {
    this.#parts = parts
    const { cluster, host, timers, connection, header } = parts
    const socket = host.connect(connection)
    if (header !== undefined) socket.write(header)
    this.#socket = socket
    const timer = timers.setTimeout(() => {
      cluster.stats.counter('upstream_cx_connect_timeout').inc()
      this.#failed = ['connect-timeout', 'connect timeout']
      socket.destroy()
    }, cluster.connectTimeoutMs)
    socket.on('error', (error) => {
      this.#failed ??= ['connection-failure', error.message]
    })
    socket.once(host.connectEvent, () => {
      timers.clearTimeout(timer)
      this.#onConnected()
    })
    socket.once('close', () => {
      timers.clearTimeout(timer)
      host.releaseConnection()
      this.#onClosed()
    })
  }

  /** Nobody wants the connection any more. */
  cancel(): void {
    this.reset()
  }

  sendHead(_head: RequestHead, endStream: boolean): void {
    // Not from inside: whoever sends is not ready to hear before it has sent.
    queueMicrotask(() => this.#agree())
    if (endStream) this.sendData(nothing, true)
  }

  sendData(chunk: Uint8Array, endStream: boolean): boolean {
    if (this.#over || !this.#socket.writable) return true
    const room = chunk.length === 0 || this.#socket.write(chunk)
    if (endStream) {
      this.#requestEnded = true
      this.#socket.end()
    }
    return room
  }

  sendTrailers(): void {
    this.sendData(nothing, true)
  }

  reset(): void {
    this.#over = true
    this.#socket.destroy()
  }

  pauseReading(): void {
    this.#pauses += 1
    if (this.#pauses === 1) this.#socket.pause()
  }

  resumeReading(): void {
    this.#pauses -= 1
    if (this.#pauses === 0) this.#socket.resume()
  }

  #onConnected(): void {
    const socket = this.#socket
    this.#connected = true
    const { host, to } = this.#parts
    to.onReady(this, {
      localAddress: `${socket.localAddress}:${socket.localPort}`,
      remoteAddress: host.address,
      reused: false,
    })
  }

  #agree(): void {
    if (this.#over) return
    const socket = this.#socket
    const { to } = this.#parts
    to.onHead({ status: 200, headers: new HeaderList() }, false)
    socket.on('data', (chunk: Buffer) => {
      if (!this.#over) to.onData(chunk, false)
    })
    socket.on('drain', () => {
      if (!this.#over) to.onWritable()
    })
    socket.once('end', () => {
      this.#responseEnded = true
      if (!this.#over) to.onData(nothing, true)
    })
  }

  #onClosed(): void {
    if (this.#over) return
    this.#over = true
    const { to } = this.#parts
    if (!this.#connected) to.onFailure(...(this.#failed ?? ['connection-failure', 'closed']))
    else if (!(this.#requestEnded && this.#responseEnded)) to.onReset('connection-termination')
  }
}

const nothing = Buffer.alloc(0)
