import * as http2 from 'node:http2'

/** Requests over one connection of HTTP/2, each answered with what it says. */
export interface Http2Line {
  echo(bytes: number, path: string): Promise<void>
  /** Breaks off while the answer comes. */
  reset(bytes: number, path: string): Promise<void>
  close(): void
}

export function openHttp2(origin: string): Http2Line {
  let session: http2.ClientHttp2Session | undefined
  const begin = (path: string): http2.ClientHttp2Stream => {
    // The proxy may send a connection away, then the next one takes over.
    if (session === undefined || session.closed || session.destroyed) {
      session = http2.connect(origin, { rejectUnauthorized: false })
      session.on('error', () => undefined)
    }
    const grpc = path === '/grpc' && { 'content-type': 'application/grpc', te: 'trailers' }
    return session.request({ ':method': 'POST', ':path': path, ...grpc })
  }
  return {
    echo: (bytes, path) => echo(begin(path), bytes, path === '/grpc'),
    reset: (bytes, path) => reset(begin(path), bytes),
    close: () => session?.destroy(),
  }
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
