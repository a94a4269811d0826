import { once } from 'node:events'
import * as http2 from 'node:http2'

/** Requests over one connection of HTTP/2, each answered with what it says. */
export interface Http2Line {
  echo(bytes: number, path: string): Promise<void>
  /** Breaks off while the answer comes. */
  reset(bytes: number, path: string): Promise<void>
  /** Says so many bytes and hears them, through CONNECT: to a host, or as a WebSocket. */
  tunnelled(bytes: number, as: 'tunnel' | 'websocket'): Promise<void>
  close(): void
}

export function openHttp2(origin: string): Http2Line {
  let session: http2.ClientHttp2Session | undefined
  const connected = (): http2.ClientHttp2Session => {
    // The proxy may send a connection away, then the next one takes over.
    if (session === undefined || session.closed || session.destroyed) {
      session = http2.connect(origin, { rejectUnauthorized: false })
      session.on('error', () => undefined)
    }
    return session
  }
  const begin = (path: string): http2.ClientHttp2Stream => {
    const grpc = path === '/grpc' && { 'content-type': 'application/grpc', te: 'trailers' }
    return connected().request({ ':method': 'POST', ':path': path, ...grpc })
  }
  return {
    echo: (bytes, path) => echo(begin(path), bytes, path === '/grpc'),
    reset: (bytes, path) => reset(begin(path), bytes),
    tunnelled: async (bytes, as) => {
      const line = connected()
      // Before its settings are there nobody knows that it takes a WebSocket.
      if (line.remoteSettings?.enableConnectProtocol !== true) await once(line, 'remoteSettings')
      await through(line.request(tunnelHeads[as], { endStream: false }), bytes)
    },
    close: () => session?.destroy(),
  }
}

const tunnelHeads = {
  tunnel: { ':method': 'CONNECT', ':authority': 'a.example:80' },
  websocket: {
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':scheme': 'http',
    ':path': '/',
    ':authority': 'a.example',
    'sec-websocket-version': '13',
  },
} as const

function through(stream: http2.ClientHttp2Stream, bytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let heard = 0
    let status = 0
    stream.once('error', reject)
    stream.once('response', (head) => {
      status = Number(head[':status'])
    })
    stream.on('data', (chunk: Buffer) => {
      heard += chunk.length
      if (heard >= bytes) stream.end()
    })
    stream.once('close', () => {
      if (status === 200 && heard === bytes) resolve()
      else reject(new Error(`${status}, ${heard} of ${bytes} bytes through a tunnel`))
    })
    stream.write(Buffer.alloc(bytes, 'x'))
  })
}

function echo(stream: http2.ClientHttp2Stream, bytes: number, isGrpc: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let status = 0
    let heard = 0
    let grpcStatus: unknown
    stream.once('response', (head) => {
      status = Number(head[':status'])
    })
    stream.once('trailers', (trailers) => {
      grpcStatus = trailers['grpc-status']
    })
    stream.on('data', (chunk: Buffer) => {
      heard += chunk.length
    })
    stream.once('error', reject)
    stream.once('close', () => {
      const right = status === 200 && heard === bytes && (!isGrpc || grpcStatus === '0')
      if (right && stream.rstCode === 0) resolve()
      else reject(new Error(`${status}, ${heard} of ${bytes} bytes, grpc-status ${grpcStatus}`))
    })
    stream.end(Buffer.alloc(bytes, 'x'))
  })
}

function reset(stream: http2.ClientHttp2Stream, bytes: number): Promise<void> {
  return new Promise((resolve) => {
    stream.on('error', () => undefined)
    stream.once('response', () => stream.destroy(new Error('broken off')))
    stream.once('close', () => resolve())
    // Never ended: it can only be broken off.
    stream.write(Buffer.alloc(bytes, 'x'))
  })
}
