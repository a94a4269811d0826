import { createServer, isIP, type Server } from 'node:net'
import { bindHandle, canBindHandles } from '../channel/bound-handle.ts'
import { avoidsSockets } from '../channel/open-channel.ts'
import { openForReading, type PausableServer, pausable } from '../channel/pausable-server.ts'
import { TcpConnection } from '../channel/tcp-connection.ts'
import { offerAccepted } from '../channel/tcp-internals.ts'
import type { Connection } from '../network/connection.ts'
import type { ListenAddress } from './compile-listener.ts'
import type { RunningListener } from './running-listener.ts'

/** A bound port. It outlives the versions of the listener that owns it, so that no connection is refused in between. */
export class ServerSocket {
  /** Who gets the next connection. */
  owner: RunningListener
  readonly #server: Server
  readonly #admits: AdmitTo
  readonly #highWaterMark: number
  #bound: ListenAddress | undefined
  #pausable: PausableServer | undefined
  #accepts = true

  /** `admits` may refuse a connection, which is then closed. */
  constructor(owner: RunningListener, admits: AdmitTo) {
    this.owner = owner
    this.#admits = admits
    const highWaterMark = Math.min(owner.compiled.bufferLimitBytes, maxReadAheadBytes)
    this.#highWaterMark = highWaterMark
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
      // It may throw: before anything waits for an event.
      const handle = held ?? boundForPauses(to)
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
        if (avoidsSockets) this.#useHandles()
        resolve()
      }
      server.once('error', failed)
      server.once('listening', bound)
      if (handle === undefined) server.listen({ host: to.address, port: to.port, backlog })
      else server.listen(handle, backlog)
    })
  }

  /** Leaves who comes in the system's queue, or takes them again; where Node does not let it, they are taken all the same. */
  setAccepting(accepts: boolean): void {
    if (accepts === this.#accepts) return
    this.#accepts = accepts
    if (accepts) this.#pausable?.resume()
    else this.#pausable?.pause()
  }

  /** A connection gets a socket only where the listener needs one. */
  #useHandles(): void {
    this.#pausable = pausable(this.#server)
    if (!this.#accepts) this.#pausable?.pause()
    const options = { highWaterMark: this.#highWaterMark }
    offerAccepted(this.#server, (handle) => {
      const { owner } = this
      if (owner.needsSockets) return false
      const connection = TcpConnection.accepted(handle, options)
      if (this.#admits(connection, owner)) owner.acceptBare(connection)
      else connection.destroy()
      return true
    })
  }

  /** Refuses connections from now on; those accepted live on. */
  close(): void {
    this.#bound = undefined
    this.#pausable = undefined
    this.#server.close()
  }
}

/** A handle that the server can stop reading from; undefined: there is none such. */
function boundForPauses({ address, port }: ListenAddress): object | undefined {
  if (!(avoidsSockets && canBindHandles) || isIP(address) === 0) return undefined
  const { handle } = bindHandle(address, port, false)
  openForReading(handle)
  return handle
}

/** May refuse a connection. */
type AdmitTo = (connection: Connection, to: RunningListener) => boolean

/** What a socket reads ahead before anyone takes it. */
const maxReadAheadBytes = 65_536
