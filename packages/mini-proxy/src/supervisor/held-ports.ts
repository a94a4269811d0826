import { type BoundHandle, bindHandle } from '../channel/bound-handle.ts'
import type { PortClaim } from '../listener/port-source.ts'

interface HeldPort {
  readonly handle: BoundHandle
  readonly users: Set<object>
}

/**
 * The sockets of all workers, held while at least one of them wants them: a worker that comes finds the socket that the one
 * before it listens on, with every connection that waits there.
 *
 * Each slot has a socket of its own on a port that they share, so that the system spreads the connections.
 */
export class HeldPorts {
  readonly #held = new Map<string, HeldPort>()
  /** What the system chose for a claim that left it the choice: the same for every slot. */
  readonly #chosen = new Map<string, number>()
  readonly #shared: boolean

  /** @param shared more than one slot binds each port */
  constructor(shared: boolean) {
    this.#shared = shared
  }

  /** How many sockets are held. */
  get size(): number {
    return this.#held.size
  }

  /** @throws the system's error */
  claim(user: object, slot: number, { key, address, port }: PortClaim): BoundHandle {
    const name = nameOf(slot, key)
    const held = this.#held.get(name)
    if (held !== undefined) {
      held.users.add(user)
      return held.handle
    }
    const bound = bindHandle(address, this.#chosen.get(key) ?? port, this.#shared)
    if (port === 0) this.#chosen.set(key, bound.port)
    this.#held.set(name, { handle: bound.handle, users: new Set([user]) })
    return bound.handle
  }

  release(user: object, slot: number, key: string): void {
    const name = nameOf(slot, key)
    const held = this.#held.get(name)
    if (held === undefined) return
    held.users.delete(user)
    if (held.users.size === 0) this.#close(name, held)
  }

  /** Releases all that `user` has claimed. */
  forget(user: object): void {
    for (const [name, held] of this.#held) {
      if (held.users.delete(user) && held.users.size === 0) this.#close(name, held)
    }
  }

  /** Closes all of them, whoever uses them. */
  clear(): void {
    for (const [name, held] of this.#held) this.#close(name, held)
  }

  #close(name: string, held: HeldPort): void {
    held.handle.close()
    this.#held.delete(name)
    const key = name.slice(name.indexOf(' ') + 1)
    if (![...this.#held.keys()].some((it) => it.endsWith(` ${key}`))) this.#chosen.delete(key)
  }
}

function nameOf(slot: number, key: string): string {
  return `${slot} ${key}`
}
