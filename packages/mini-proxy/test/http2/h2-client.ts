import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2'
import { afterEach } from 'vitest'

const sessions: ClientHttp2Session[] = []
afterEach(() => {
  for (const it of sessions.splice(0)) it.destroy()
})

/** A node:http2 session to the proxy. */
export function h2(port: number, options: object = {}): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`, options)
  session.on('error', () => undefined)
  sessions.push(session)
  return session
}

export interface H2Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly trailers: IncomingHttpHeaders
  readonly body: Buffer
}

/** One request of a session. */
export function ask(
  session: ClientHttp2Session,
  headers: Record<string, string | string[]> = {},
  body?: Buffer | string,
): Promise<H2Reply> {
  return new Promise((resolve, reject) => {
    const stream = session.request(
      { ':path': '/', ':method': body === undefined ? 'GET' : 'POST', ...headers },
      { endStream: body === undefined },
    )
    const chunks: Buffer[] = []
    let reply: IncomingHttpHeaders = {}
    let trailers: IncomingHttpHeaders = {}
    stream.on('response', (it) => {
      reply = it
    })
    stream.on('trailers', (it) => {
      trailers = it
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('error', reject)
    stream.on('end', () => {
      if (stream.rstCode !== 0) return
      resolve({
        status: Number(reply[':status']),
        headers: reply,
        trailers,
        body: Buffer.concat(chunks),
      })
    })
    if (body !== undefined) stream.end(body)
  })
}
