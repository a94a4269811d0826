import type { Balancer } from './balancer.ts'
import type { Host } from './host-set.ts'
import { checkInteger, checkNumber } from './host-set-settings.ts'

export interface OriginalDestinationOptions<H extends Host> {
  /** Makes the host of an address that is asked for the first time; nothing if it is no address. */
  readonly create: (address: string) => H | undefined
  /** Told when a host is let go. */
  readonly onRemove?: (host: H) => void
  /** Hosts at once; above, the one that was not asked for the longest is let go. Default: 10 000. */
  readonly maxHosts?: number
  /** A host that was not asked for so long is let go, in ms. Envoy: `cleanup_interval`. Default: 5000. */
  readonly idleMs?: number
}

/** A balancer that goes where the request says. */
export interface OriginalDestinationBalancer<H extends Host> extends Balancer<H> {
  /** Hosts at the moment. */
  readonly size: number
  /** Lets go of hosts that were not asked for since `idleMs` before `now`. */
  removeIdle(now: number): void
}

/**
 * Passthrough: the host at `context.originalDestination`, made when it is first asked for. `update` changes nothing: there
 * is no set. O(1).
 *
 * @throws {HostSetError} if a bound makes no sense.
 */
export function originalDestination<H extends Host>(
  options: OriginalDestinationOptions<H>,
): OriginalDestinationBalancer<H> {
  const { create, onRemove, maxHosts = 10_000, idleMs = 5000 } = options
  checkInteger('maxHosts', maxHosts, [1, Number.MAX_SAFE_INTEGER])
  checkNumber('idleMs', idleMs, [0, Number.POSITIVE_INFINITY])
  // In the order of last use.
  const hosts = new Map<string, Used<H>>()

  function remove(address: string, { host }: Used<H>): void {
    hosts.delete(address)
    onRemove?.(host)
  }

  function make(address: string): Used<H> | undefined {
    const host = create(address)
    if (host === undefined) return undefined
    const [oldest] = hosts
    if (hosts.size >= maxHosts && oldest !== undefined) remove(...oldest)
    return { host, at: Number.NEGATIVE_INFINITY }
  }

  return {
    get size() {
      return hosts.size
    },
    pick({ originalDestination: address, now = Number.NEGATIVE_INFINITY }) {
      if (address === undefined) return undefined
      const used = hosts.get(address) ?? make(address)
      if (used === undefined) return undefined
      if (now > used.at) used.at = now
      hosts.delete(address)
      hosts.set(address, used)
      return used.host
    },
    update() {
      // Nothing depends on a set.
    },
    removeIdle(now) {
      for (const [address, used] of hosts) {
        if (used.at < now - idleMs) remove(address, used)
      }
    },
  }
}

interface Used<H> {
  readonly host: H
  at: number
}
