import type { HeaderList } from '../http/header-list.ts'
import type { RequestHead } from '../http/stream.ts'
import { nodeCrypto } from '../node-crypto.ts'

/** What every WebSocket server appends to the client's key, RFC 6455 1.3. */
const webSocketGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** Whether an HTTP/2 response accepts what the request asked the stream to become: any 2xx does. */
export function isTunnel(upgrade: string | undefined, status: number): boolean {
  return upgrade !== undefined && status >= 200 && status < 300
}

/**
 * What a WebSocket client of HTTP/1 expects to read of its key. HTTP/2 has neither (RFC 8441 5): the key is taken out of
 * the request, and this is to be put into the answer.
 */
export function acceptOf({ upgrade, headers }: RequestHead): string | undefined {
  const key = headers.get('sec-websocket-key')
  if (upgrade !== 'websocket' || key === undefined) return undefined
  headers.remove('sec-websocket-key')
  return nodeCrypto()
    .createHash('sha1')
    .update(key + webSocketGuid)
    .digest('base64')
}

/** Gives a request that came over HTTP/2 the key that a server of HTTP/1 wants. */
export function addWebSocketKey(headers: HeaderList): void {
  if (!headers.has('sec-websocket-key')) {
    headers.append('sec-websocket-key', nodeCrypto().randomBytes(keyBytes).toString('base64'))
  }
}

const keyBytes = 16
