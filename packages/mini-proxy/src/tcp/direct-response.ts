import type { Duplex } from 'node:stream'
import type { NetworkFilter } from '../network/network-filter.ts'
import { type DataSourceJson, readDataSource } from '../tls/data-source.ts'
import { OpenConnections } from './open-connections.ts'

/** `envoy.extensions.filters.network.direct_response.v3.Config` in proto3 JSON. */
export interface DirectResponseJson {
  readonly response?: DataSourceJson
}

/** Sends the same bytes to everyone and closes. What the client sends is dropped. */
export function createDirectResponse(config: DirectResponseJson): NetworkFilter {
  const response = config.response ? readDataSource('response', config.response) : Buffer.alloc(0)
  const open = new OpenConnections()
  return {
    onConnection(socket: Duplex) {
      open.add(socket)
      socket.on('error', () => socket.destroy())
      socket.resume()
      socket.end(response)
    },
    drain: () => undefined,
    get activeConnections() {
      return open.size
    },
    close: () => open.destroyAll(),
  }
}
