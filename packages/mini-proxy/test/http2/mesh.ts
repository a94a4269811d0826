import { createServer as createHttp1, type RequestListener } from 'node:http'
import { createServer as createHttp2 } from 'node:http2'
import type { Server } from 'node:net'
import { afterEach } from 'vitest'
import { createProxy, type MeshProxy, viewOf } from '../../src/index.ts'
import { cluster, http, listener, routesTo } from '../resources.ts'

const closing: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

/** Runs when the test is over. */
export function atEnd(close: () => Promise<void> | void): void {
  closing.push(close)
}

/** A server on a port of its own. */
export async function listening(server: Server): Promise<number> {
  const sockets = new Set<import('node:net').Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(() => resolve()))
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

export type Version = 1 | 2

/** An app that speaks one version; the handler is the same for both. */
export function app(version: Version, handler: RequestListener): Promise<number> {
  // The compatibility API of node:http2 has the same form.
  return listening(version === 1 ? createHttp1(handler) : createHttp2(handler as never))
}

export interface MeshOptions {
  /** What the app speaks. Default: 1. */
  readonly upstream?: Version
  readonly manager?: object
  readonly http2?: object
  readonly cluster?: object
}

export interface RunningMesh {
  readonly proxy: MeshProxy
  readonly port: number
  /** Of access logs. */
  readonly lines: readonly string[]
  counter(name: string): number
  gauge(name: string): number
}

/** A proxy with one listener in front of one app. */
export async function mesh(appPort: number, options: MeshOptions = {}): Promise<RunningMesh> {
  const lines: string[] = []
  const proxy = createProxy({ accessLog: (line) => void lines.push(line) })
  closing.push(() => proxy.close())
  const type = 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
  const typedExtensionProtocolOptions = {
    http: {
      '@type': type,
      explicitHttpConfig: { http2ProtocolOptions: options.http2 ?? {} },
    },
  }
  await proxy.apply(
    viewOf({
      listeners: [listener('in', [http('main', options.manager)])],
      clusters: [
        cluster('app', [appPort], {
          ...(options.upstream === 2 && { typedExtensionProtocolOptions }),
          ...options.cluster,
        }),
      ],
      routes: [routesTo('main', 'app')],
    }),
  )
  return {
    proxy,
    lines,
    port: proxy.listeners.get('in')?.port ?? 0,
    counter: (name) => proxy.stats.counter(name).value,
    gauge: (name) => proxy.stats.gauge(name).value,
  }
}
