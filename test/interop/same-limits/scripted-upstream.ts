import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * What a try gets: a status with headers, perhaps late and perhaps with a body that breaks off; a connection that goes away; or
 * nothing.
 */
export type ScriptedAnswer =
  | 'reset'
  | 'hang'
  | {
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly afterMs?: number
      readonly breaksOff?: boolean
    }

/** A server that answers each try of a request as its header `x-script` says, the last answer ever after. */
export interface ScriptedUpstream {
  readonly port: number
  /** Tries seen of a request, by its header `x-id`. */
  tries(id: string): number
  /** The headers of each try. */
  seen(id: string): readonly IncomingHttpHeaders[]
  close(): Promise<void>
}

export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const tries = new Map<string, IncomingHttpHeaders[]>()
  const listen: RequestListener = (request, response) => {
    const { headers, socket } = request.resume()
    const id = String(headers['x-id'])
    const before = tries.get(id) ?? []
    const script: ScriptedAnswer[] = JSON.parse(String(headers['x-script']))
    const answer = script[Math.min(before.length, script.length - 1)]
    tries.set(id, [...before, headers])
    if (answer === 'hang') return
    if (answer === undefined || answer === 'reset') socket.destroy()
    else setTimeout(() => give(answer, response), answer.afterMs ?? 0)
  }
  const server = createServer(listen).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    tries: (id) => tries.get(id)?.length ?? 0,
    seen: (id) => tries.get(id) ?? [],
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function give(answer: Exclude<ScriptedAnswer, string>, response: ServerResponse): void {
  response.writeHead(answer.status, answer.headers)
  if (answer.breaksOff !== true) {
    response.end()
    return
  }
  response.write('half of it', () => response.destroy())
}
