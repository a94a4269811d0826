import { type Agent, type IncomingHttpHeaders, request } from 'node:http'
import { bodyOf } from './app.ts'

/** Where to send a request, and what it says. */
export interface Call {
  readonly address: string
  readonly port: number
  readonly host: string
  /** Default: `/`. Absolute for an HTTP proxy. */
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Default: a connection of its own. */
  readonly agent?: Agent
}

/** What came back. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Sends one request; rejects when the connection fails before the answer is complete. */
export function call({ address, port, host, headers, agent, ...more }: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        path: '/',
        ...more,
        host: address,
        port,
        headers: { ...headers, host },
        agent: agent ?? false,
      },
      (response) => {
        bodyOf(response).then(
          (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          reject,
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end()
  })
}
