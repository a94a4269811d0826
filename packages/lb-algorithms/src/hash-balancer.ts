import type { Balancer, HostTest, PickContext } from './balancer.ts'
import { boundedLoad } from './bounded-load.ts'
import type { Host, HostSet, Priority } from './host-set.ts'
import { checkInteger, maxUint32 } from './host-set-settings.ts'
import { mostSelectionAttempts } from './selection-attempts.ts'
import { type WeightedHosts, weightedHosts } from './weighted-hosts.ts'

/** Tells which host a hash leads to. */
export interface HashTable<H extends Host> {
  /** Halves are signed, which engines keep without a box; `attempt` is 0, and above it where the host before was not wanted. */
  pick(high: number, low: number, attempt: number): H | undefined
}

/** Builds the table of one priority. */
export type HashTableFactory<H extends Host> = (hosts: WeightedHosts<H>) => HashTable<H>

/**
 * What policies by hash share: the hash chooses the priority and, in its table, the host; a host already tried is passed
 * over by the number of the attempt. A request without a hash goes anywhere. As in Envoy degraded hosts are not in a table.
 */
export class HashBalancer<H extends Host> implements Balancer<H> {
  readonly #makeTable: HashTableFactory<H>
  readonly #balanceFactor: number
  #set: HostSet<H>
  #tables: (HashTable<H> | undefined)[]

  /** @throws {HostSetError} if the balance factor is neither 0 nor at least 100. */
  constructor(set: HostSet<H>, makeTable: HashTableFactory<H>, balanceFactor = 0) {
    if (balanceFactor !== 0) checkInteger('balanceFactor', balanceFactor, [100, maxUint32])
    this.#makeTable = makeTable
    this.#balanceFactor = balanceFactor
    this.#set = set
    this.#tables = []
  }

  update(set: HostSet<H>): void {
    this.#set = set
    this.#tables = []
  }

  pick(context: PickContext<H>): H | undefined {
    if (this.#set.size === 0) return undefined
    const { hash, tried, hostSelectionAttempts = 1 } = context
    const high = hash === undefined ? randomHalf(context.random) : hash[0] | 0
    const low = hash === undefined ? randomHalf(context.random) : hash[1] | 0
    const table = this.#table(priorityOf(this.#set.priorities, high, low))
    const host = table?.pick(high, low, 0)
    if (tried === undefined || host === undefined || !tried.has(host)) return host
    const attempts = Math.min(hostSelectionAttempts, mostSelectionAttempts)
    return again(table, high, low, { tried, attempts })
  }

  #table(index: number): HashTable<H> | undefined {
    const known = this.#tables[index]
    if (known !== undefined) return known
    const priority = this.#set.priorities[index]
    if (priority === undefined || (priority.panic && this.#set.settings.failTrafficOnPanic))
      return undefined
    const weighted = weightedHosts(this.#set, priority)
    const table = this.#makeTable(weighted)
    const factor = this.#balanceFactor
    const made = factor === 0 ? table : boundedLoad(table, weighted, factor)
    this.#tables[index] = made
    return made
  }
}

function again<H extends Host>(
  table: HashTable<H> | undefined,
  high: number,
  low: number,
  { tried, attempts }: { readonly tried: HostTest<H>; readonly attempts: number },
): H | undefined {
  let host: H | undefined
  for (let attempt = attempts > 0 ? 1 : 0; attempt <= attempts; attempt++) {
    host = table?.pick(high, low, attempt)
    if (host === undefined || !tried.has(host)) return host
  }
  return host
}

function randomHalf(random: () => number): number {
  return (random() * 0x1_0000_0000) | 0
}

/** The priority whose share of 1 to 100 the hash falls into, healthy shares before degraded ones. */
function priorityOf(priorities: readonly Priority<Host>[], high: number, low: number): number {
  if (priorities.length === 1) return 0
  // 2^32 is 96 modulo 100.
  let left = (((high >>> 0) % 100) * 96 + ((low >>> 0) % 100)) % 100
  for (let i = 0; i < priorities.length; i++) {
    left -= priorities[i]?.healthyLoad ?? 0
    if (left < 0) return i
  }
  for (let i = 0; i < priorities.length; i++) {
    left -= priorities[i]?.degradedLoad ?? 0
    if (left < 0) return i
  }
  return 0
}
