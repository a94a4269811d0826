import type { Request, RequestConnection, RequestTls } from '@meshwright/route-matcher'
import type { ConnectionFacts, RequestHead } from './stream.ts'

/** A request head, and the connection it came on, as matchers ask for it. */
export class MatchRequest implements Request {
  readonly #head: RequestHead
  readonly #facts: ConnectionFacts | undefined
  readonly #client: string | undefined

  /** Without facts of the connection there is nothing to tell of it. `client` is what trusted headers say of the source. */
  constructor(head: RequestHead, facts?: ConnectionFacts, client?: string) {
    this.#head = head
    this.#facts = facts
    this.#client = client
  }

  get authority(): string {
    return this.#head.authority
  }

  get path(): string {
    return this.#head.path
  }

  get method(): string {
    return this.#head.method
  }

  get scheme(): string {
    return this.#head.scheme
  }

  header(lowerName: string): string | undefined {
    return this.#head.headers.get(lowerName)
  }

  headerValues(lowerName: string): readonly string[] {
    return this.#head.headers.getAll(lowerName)
  }

  get tls(): RequestTls | undefined {
    const tls = this.#facts?.tls
    return tls && { presented: tls.peerVerified, validated: tls.peerVerified }
  }

  get connection(): RequestConnection | undefined {
    const facts = this.#facts
    return (
      facts && {
        sourceAddress: this.#client ?? facts.remoteAddress,
        directSourceAddress: facts.directPeer?.address ?? facts.remoteAddress,
        sourcePort: facts.remotePort,
        destinationAddress: facts.localAddress,
        destinationPort: facts.localPort,
        serverName: facts.tls?.serverName,
      }
    )
  }
}
