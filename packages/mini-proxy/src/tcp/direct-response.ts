import type { ChannelEvents } from '../channel/byte-channel.ts'
import { openChannel } from '../channel/open-channel.ts'
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
    onConnection(connection) {
      open.add(connection)
      const channel = openChannel(connection, deaf)
      channel.writeAround('', response, '')
      channel.end()
    },
    drain: () => undefined,
    get activeConnections() {
      return open.size
    },
    close: () => open.destroyAll(),
  }
}

/** Whoever is told the same whatever he says. */
const deaf: ChannelEvents = {
  onBytes: () => undefined,
  onEnd: () => undefined,
  onClose: () => undefined,
  onWritable: () => undefined,
}
