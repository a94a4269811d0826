import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Hosts on loopback addresses of their own, which answer as the header `x-answer` says. */
export interface Upstreams {
  readonly port: number
  /** Stops or begins to take connections at an address. */
  refuse(address: string): Promise<void>
  accept(address: string): Promise<void>
  close(): Promise<void>
}

/** The address of a host: `a` of group 1 is 127.0.1.97. */
export function addressOf(group: number, host: string): string {
  return `127.0.${group}.${host.charCodeAt(0)}`
}

/** The host at an address, which may have a port. */
export function hostAt(address: string): string {
  return String.fromCharCode(Number(/^127\.0\.\d+\.(\d+)/.exec(address)?.[1]))
}

/** Starts a server at each address, all on one port. */
export async function startUpstreams(addresses: readonly string[]): Promise<Upstreams> {
  const servers = new Map<string, Server>()
  let port = 0
  const accept = async (address: string): Promise<void> => {
    const server = answering()
    servers.set(address, server)
    server.listen(port, address)
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }
  const refuse = async (address: string): Promise<void> => {
    const server = servers.get(address)
    const closed = server && once(server, 'close')
    server?.close()
    server?.closeAllConnections()
    await closed
  }
  for (const address of addresses) await accept(address)
  return {
    port,
    refuse,
    accept,
    close: async () => {
      for (const address of addresses) await refuse(address)
    },
  }
}

function answering(): Server {
  return createServer((request, response) => {
    const answer = request.headers['x-answer']
    if (answer === 'reset') request.socket.destroy()
    else if (answer !== 'hang') response.writeHead(Number(answer)).end()
  })
}
