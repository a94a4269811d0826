import net from 'node:net'
import { getSystemErrorName } from 'node:util'

/** A bound socket that nobody listens on yet: it can be given to another process, and keeps the port while it is open. */
export interface BoundHandle {
  close(): void
}

/**
 * Node's own way to bind before listening, which is what its `cluster` module uses; no public call does it. Whatever else
 * is needed goes through documented calls: `child.send(message, handle)` and `server.listen(handle)`.
 */
interface NetInternals {
  _createServerHandle?(
    address: string,
    port: number,
    family: 4 | 6,
    fd: number,
    flags: number,
  ): (BoundHandle & { getsockname(into: { port?: number }): number }) | number
}

/** UV_TCP_REUSEPORT of libuv; Node has it since 22.12 and 23.1. */
const reusePortFlag = 2
const bindFailed = 'bind'

/** Whether this Node can bind a socket before it listens. */
export const canBindHandles: boolean =
  typeof (net as NetInternals)._createServerHandle === 'function'

/**
 * Binds a socket.
 *
 * @param reusePort others may bind the same port, and the system spreads connections over all that listen on it; where the
 *   system knows no such thing the port is bound alone
 * @throws the system's error
 */
export function bindHandle(
  address: string,
  port: number,
  reusePort: boolean,
): { readonly handle: BoundHandle; readonly port: number } {
  const family = address.includes(':') ? 6 : 4
  const create = (net as NetInternals)._createServerHandle
  if (create === undefined) throw new Error('this Node cannot bind without listening')
  let made = create(address, port, family, -1, reusePort ? reusePortFlag : 0)
  if (typeof made === 'number' && reusePort) made = create(address, port, family, -1, 0)
  if (typeof made === 'number') {
    const code = getSystemErrorName(made)
    const message = `${bindFailed} ${code} ${address}:${port}`
    throw Object.assign(new Error(message), { code, errno: made, syscall: bindFailed })
  }
  const name: { port?: number } = {}
  made.getsockname(name)
  return { handle: made, port: name.port ?? port }
}
