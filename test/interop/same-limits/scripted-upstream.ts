import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a try gets: a status with headers, or a connection that goes away. */
export type ScriptedAnswer =
  | 'reset'
  | { readonly status: number; readonly headers: Readonly<Record<string, string>> }

/** A server that answers each try of a request as its header `x-script` says, the last answer ever after. */
export interface ScriptedUpstream {
  readonly port: number
  /** Tries seen of a request, by its header `x-id`. */
  tries(id: string): number
  close(): Promise<void>
}

export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const tries = new Map<string, number>()
  const listen: RequestListener = ({ headers, socket }, response) => {
    const id = String(headers['x-id'])
    const seen = tries.get(id) ?? 0
    tries.set(id, seen + 1)
    const script: ScriptedAnswer[] = JSON.parse(String(headers['x-script']))
    const answer = script[Math.min(seen, script.length - 1)]
    if (answer === undefined || answer === 'reset') socket.destroy()
    else response.writeHead(answer.status, answer.headers).end()
  }
  const server = createServer(listen).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    tries: (id) => tries.get(id) ?? 0,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
