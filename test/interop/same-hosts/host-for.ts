import { once } from 'node:events'
import { type Agent, createServer, request, type Server } from 'node:http'
import { clusterHeader, failHeader, hostHeader, keyHeader } from './bootstrap.ts'

/** A request to a cluster, hashed by its key. */
export interface Asked {
  readonly cluster: { readonly name: string }
  readonly key: string
  /** Every host answers 503. */
  readonly failing: boolean
}

/** The address of the host that a proxy chose, the last one where every try failed; undefined if it had none to give. */
export function hostFor(port: number, agent: Agent, asked: Asked): Promise<string | undefined> {
  const headers = {
    [keyHeader]: asked.key,
    [clusterHeader]: asked.cluster.name,
    ...(asked.failing && { [failHeader]: '1' }),
  }
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, agent, headers }, (response) => {
      const host = response.headers[hostHeader]
      response.resume().on('end', () => {
        resolve(typeof host === 'string' && host !== '-' ? host : undefined)
      })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** A host that answers 200, or 503 if the request says so. */
export async function startServer(): Promise<Server> {
  const server = createServer((incoming, response) => {
    response.statusCode = incoming.headers[failHeader] === undefined ? 200 : 503
    response.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}
