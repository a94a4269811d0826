import type { TcpConnection } from '../channel/tcp-connection.ts'
import type { ConnectionFacts } from '../http/stream.ts'
import { plainAddress } from '../network/ip-address.ts'

/** What is known of a connection without a socket: its addresses are asked for when somebody wants them. */
export class BareConnectionFacts implements ConnectionFacts {
  readonly id: number
  readonly tls = undefined
  readonly #connection: TcpConnection

  constructor(id: number, connection: TcpConnection) {
    this.id = id
    this.#connection = connection
  }

  get remoteAddress(): string {
    return plainAddress(this.#connection.remoteAddress)
  }

  get remotePort(): number {
    return this.#connection.remotePort ?? 0
  }

  get localAddress(): string {
    return plainAddress(this.#connection.localAddress)
  }

  get localPort(): number {
    return this.#connection.localPort ?? 0
  }
}
