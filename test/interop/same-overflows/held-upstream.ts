import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that answers no request before it is told to. */
export interface HeldUpstream {
  readonly port: number
  /** Whether a request has come and waits for its answer. */
  holds(id: number): boolean
  answer(id: number): void
  close(): Promise<void>
}

/** Requests say who they are by the header `x-id`. */
export async function startHeldUpstream(): Promise<HeldUpstream> {
  const held = new Map<number, ServerResponse>()
  const server = createServer((request, response) => {
    held.set(Number(request.headers['x-id']), response)
  })
  // An idle connection stays.
  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    holds: (id) => held.has(id),
    answer(id) {
      held.get(id)?.end()
      held.delete(id)
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
