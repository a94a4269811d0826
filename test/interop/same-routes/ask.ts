import { Agent, request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest, Agent as TlsAgent } from 'node:https'
import { pem } from './envoy-listeners.ts'
import type { DrawnRequest } from './requests.ts'

/** What a proxy said: the route that answered, or the status and where it sends the client. */
export interface Heard {
  readonly status: number
  readonly route: string | undefined
  readonly location: string | undefined
}

const certificates = {
  none: {},
  trusted: { cert: pem('client'), key: pem('client-key') },
  unknown: { cert: pem('stranger'), key: pem('stranger-key') },
}

/** Asks the listener on a port. Each asker keeps its connections until it is closed. */
export function asker(tls: boolean): {
  ask(port: number, drawn: DrawnRequest): Promise<Heard>
  close(): void
} {
  // A resumed session has shown no certificate that could be validated anew.
  const open = { keepAlive: true, maxSockets: 1, maxCachedSessions: 0 }
  const agents = {
    none: tls ? new TlsAgent(open) : new Agent(open),
    trusted: tls ? new TlsAgent({ ...open, ...certificates.trusted }) : new Agent(open),
    unknown: tls ? new TlsAgent({ ...open, ...certificates.unknown }) : new Agent(open),
  }
  const send = tls ? httpsRequest : httpRequest
  return {
    ask: (port, { authority, method, path, headers, certificate }) =>
      new Promise((resolve, reject) => {
        const connect = method === 'CONNECT'
        const options: RequestOptions & { rejectUnauthorized: false } = {
          host: '127.0.0.1',
          port,
          method,
          path: connect ? authority : path,
          agent: connect ? false : agents[certificate],
          setHost: false,
          headers: ['host', authority, ...headers.flat()] as never,
          rejectUnauthorized: false,
          ...(connect && tls && certificates[certificate]),
        }
        const outgoing = send(options)
        outgoing.on('error', reject)
        outgoing.on('response', (response) => {
          response.resume().on('end', () => resolve(heard(response)))
        })
        outgoing.on('connect', (response, socket) => {
          socket.destroy()
          resolve(heard(response))
        })
        outgoing.end()
      }),
    close() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

function heard(response: {
  readonly statusCode?: number | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}): Heard {
  const { location, 'x-route': route, 'grpc-status': grpcStatus = '' } = response.headers
  return {
    status: httpStatus.get(String(grpcStatus)) ?? response.statusCode ?? 0,
    route: typeof route === 'string' ? route : undefined,
    location: typeof location === 'string' ? location : undefined,
  }
}

/** A gRPC client hears an answer of the proxy's own as 200 with one of these. */
const httpStatus: ReadonlyMap<string, number> = new Map([
  ['12', 404],
  ['13', 400],
])
