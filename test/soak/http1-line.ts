import * as http from 'node:http'
import * as https from 'node:https'
import type { Duplex } from 'node:stream'

/** Requests over HTTP/1, each answered with what it says. */
export interface Http1Line {
  echo(bytes: number): Promise<void>
  /** Breaks off while the answer comes. */
  reset(bytes: number): Promise<void>
  /** A WebSocket that says so many bytes, hears them and ends. */
  upgraded(bytes: number): Promise<void>
  /** The same through a tunnel of CONNECT. */
  tunnelled(bytes: number): Promise<void>
  close(): void
}

export interface Http1LineOptions {
  readonly port: number
  readonly tls: boolean
  readonly keepAlive: boolean
}

export function openHttp1({ port, tls, keepAlive }: Http1LineOptions): Http1Line {
  const agent = tls
    ? new https.Agent({ keepAlive, rejectUnauthorized: false })
    : new http.Agent({ keepAlive })
  const begin = (headers: Record<string, string> = {}, method = 'POST'): http.ClientRequest =>
    (tls ? https : http).request({ host: '127.0.0.1', port, agent, method, path: '/', headers })
  const connect = (): http.ClientRequest =>
    http.request({ host: '127.0.0.1', port, agent: false, method: 'CONNECT', path: 'a.example:80' })
  return {
    echo: (bytes) => echo(begin(), bytes),
    reset: (bytes) => reset(begin(), bytes),
    upgraded: (bytes) => opened(begin(upgradeHeaders, 'GET'), 'upgrade', bytes),
    tunnelled: (bytes) => opened(connect(), 'connect', bytes),
    close: () => agent.destroy(),
  }
}

const upgradeHeaders = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

function echo(request: http.ClientRequest, bytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    request.once('error', reject)
    request.once('response', (response) => {
      let heard = 0
      response.on('data', (chunk: Buffer) => {
        heard += chunk.length
      })
      response.once('error', reject)
      response.once('end', () => {
        const right = response.statusCode === 200 && heard === bytes
        if (right) resolve()
        else reject(new Error(`${response.statusCode}, ${heard} of ${bytes} bytes`))
      })
    })
    request.end(Buffer.alloc(bytes, 'x'))
  })
}

function reset(request: http.ClientRequest, bytes: number): Promise<void> {
  return new Promise((resolve) => {
    request.on('error', () => undefined)
    request.once('response', (response) => {
      response.on('error', () => undefined)
      request.destroy()
    })
    request.once('close', () => resolve())
    // Never ended: it can only be broken off.
    request.write(Buffer.alloc(bytes, 'x'))
  })
}

/** Says so many bytes and hears them, on what the answer to a request opens. */
function opened(
  request: http.ClientRequest,
  by: 'upgrade' | 'connect',
  bytes: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    request.once('error', reject)
    request.once('response', (it) => reject(new Error(`not opened: ${it.statusCode}`)))
    request.once(by, (response: http.IncomingMessage, socket: Duplex, head: Buffer) => {
      if (by === 'connect' && response.statusCode !== 200) {
        socket.destroy()
        reject(new Error(`not opened: ${response.statusCode}`))
        return
      }
      let heard = head.length
      const look = (): void => {
        if (heard < bytes) return
        socket.destroy()
        resolve()
      }
      socket.once('error', reject)
      socket.on('data', (chunk: Buffer) => {
        heard += chunk.length
        look()
      })
      socket.once('close', () => reject(new Error(`closed after ${heard} of ${bytes} bytes`)))
      socket.write(Buffer.alloc(bytes, 'x'))
    })
    request.end()
  })
}
