import { request } from 'node:http'

/** A request to a proxy: where it goes, and what it says it wants. */
export interface Probe {
  readonly address: string
  readonly port: number
  /** Sent in absolute form, as to an HTTP proxy; its host is the Host header. */
  readonly url: string
  /** In place of that host, for example with a port that a URL leaves out. */
  readonly host?: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
}

/** What came back. */
export interface ProbeAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** Sends a probe on a connection of its own. The target is in origin form unless the port is that of an HTTP proxy. */
export function send(probe: Probe): Promise<ProbeAnswer> {
  const { host, pathname, search } = new URL(probe.url)
  const path = probe.port === httpProxyPort ? probe.url : `${pathname}${search}`
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: probe.address,
        port: probe.port,
        method: probe.method,
        path,
        headers: { ...probe.headers, host: probe.host ?? host },
        agent: false,
      },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          body += chunk
        })
        response.on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end()
  })
}

const httpProxyPort = 15_080
