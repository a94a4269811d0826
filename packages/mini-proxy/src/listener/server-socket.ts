import { createServer, type Server, type Socket } from 'node:net'
import type { ListenAddress } from './compile-listener.ts'
import type { RunningListener } from './running-listener.ts'

/** A bound port. It outlives the versions of the listener that owns it, so that no connection is refused in between. */
export class ServerSocket {
  /** Who gets the next connection. */
  owner: RunningListener
  readonly #server: Server
  #bound: ListenAddress | undefined

  /** `admits` may refuse a connection, which is then closed. */
  constructor(owner: RunningListener, admits: (socket: Socket, to: RunningListener) => boolean) {
    this.owner = owner
    const highWaterMark = Math.min(owner.compiled.bufferLimitBytes, maxReadAheadBytes)
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark }, (socket) => {
      if (admits(socket, this.owner)) this.owner.accept(socket)
      else socket.destroy()
    })
  }

  /** Undefined until bound. */
  get bound(): ListenAddress | undefined {
    return this.#bound
  }

  /** Rejects with the system's error. `held`: a port that somebody else has bound. */
  bind(to: ListenAddress, held?: object): Promise<void> {
    const server = this.#server
    const { backlog } = this.owner.compiled
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => {
        server.off('listening', bound)
        reject(error)
      }
      const bound = (): void => {
        server.off('error', failed)
        // A later error concerns one accept, not the socket.
        server.on('error', () => undefined)
        const address = server.address()
        if (address !== null && typeof address === 'object') {
          this.#bound = { address: address.address, port: address.port }
        }
        resolve()
      }
      server.once('error', failed)
      server.once('listening', bound)
      if (held === undefined) server.listen({ host: to.address, port: to.port, backlog })
      else server.listen(held, backlog)
    })
  }

  /** Refuses connections from now on; those accepted live on. */
  close(): void {
    this.#bound = undefined
    this.#server.close()
  }
}

/** What a socket reads ahead before anyone takes it. */
const maxReadAheadBytes = 65_536
