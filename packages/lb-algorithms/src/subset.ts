/**
 * Subsets: hosts are grouped by the values of some of their metadata; a request that names such values goes to their group,
 * balanced as any set. Lookup is O(keys); building is O(hosts × selectors).
 * https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/subsets
 */
import type { Balancer, PickContext } from './balancer.ts'
import { HostSetError } from './errors.ts'
import { filterHosts } from './filter-hosts.ts'
import type { Host, HostEntry, HostSet } from './host-set.ts'
import {
  criteriaKey,
  type Metadata,
  matchesMetadata,
  metadataCombinations,
  selectorKey,
} from './metadata-match.ts'

/** What happens to a request for which there is no subset. */
export type SubsetFallback = 'none' | 'any-endpoint' | 'default-subset'

export interface SubsetOptions<H extends Host> {
  /** Which keys make subsets. Envoy: `subset_selectors`. */
  readonly selectors: readonly SubsetSelector[]
  /** Envoy: `fallback_policy`. Default: none. */
  readonly fallback?: SubsetFallback
  /** Metadata of the hosts that `default-subset` means. Envoy: `default_subset`. Default: all hosts. */
  readonly defaultSubset?: Metadata
  /** A host whose value is a list is in the subset of each of its elements. Envoy: `list_as_any`. Default: false. */
  readonly listAsAny?: boolean
  /** Where the fallback has nobody to give, any host will do. Envoy: `panic_mode_any`. Default: false. */
  readonly panicModeAny?: boolean
  /** A request may name more keys than a selector has: the selector with most keys that fits counts. Envoy: `allow_redundant_keys`. Default: false. */
  readonly allowRedundantKeys?: boolean
  /** Localities keep their weights in a subset. Envoy: `locality_weight_aware`. Default: false. */
  readonly localityWeightAware?: boolean
  /** And weigh by the part of their hosts that is in it. Envoy: `scale_locality_weight`. Default: false. */
  readonly scaleLocalityWeight?: boolean
  /** `fallback_list` of the request's metadata: try each of its entries in turn. Envoy: `metadata_fallback_policy`. Default: false. */
  readonly metadataFallbackList?: boolean
  /** Makes the balancer of a subset. */
  readonly create: (hosts: HostSet<H>) => Balancer<H>
}

/** Keys that together make subsets. */
export interface SubsetSelector {
  /** At least one, each once. */
  readonly keys: readonly string[]
  /** Only the first host of a subset is used. Envoy: `single_host_per_subset`. Default: false. */
  readonly singleHostPerSubset?: boolean
  /** In place of the fallback of all. `keys` asks again with fewer keys. Envoy: `fallback_policy`. */
  readonly fallback?: SubsetFallback | 'keys'
  /** The keys that `keys` asks with: some of its own, not all. Envoy: `fallback_keys_subset`. */
  readonly fallbackKeys?: readonly string[]
}

/**
 * Balances within the subset that a request asks for by `metadataMatch`.
 *
 * @throws {HostSetError} if a selector has no keys, or falls back to keys that are not fewer of its own.
 */
export function subset<H extends Host>(hosts: HostSet<H>, options: SubsetOptions<H>): Balancer<H> {
  for (const selector of options.selectors) checkSelector(selector)
  return new SubsetBalancer(hosts, options)
}

function checkSelector({ keys, fallback, fallbackKeys = [] }: SubsetSelector): void {
  const unique = new Set(keys)
  if (unique.size === 0 || unique.size !== keys.length) {
    throw new HostSetError('keys of a selector', 'at least one, each once', JSON.stringify(keys))
  }
  if (fallback !== 'keys') return
  const fewer = fallbackKeys.length > 0 && fallbackKeys.length < keys.length
  if (fewer && fallbackKeys.every((key) => unique.has(key))) return
  throw new HostSetError('fallbackKeys', 'some of the keys, not all', JSON.stringify(fallbackKeys))
}

class SubsetBalancer<H extends Host> implements Balancer<H> {
  readonly #options: SubsetOptions<H>
  /** By the keys they have, in order. */
  readonly #selectors: ReadonlyMap<string, SubsetSelector>
  /** Those with most keys first, else in the order given. */
  readonly #byKeyCount: readonly SubsetSelector[]
  readonly #keys: SubsetKeys
  #subsets: ReadonlyMap<string, Group<H>> = new Map()
  readonly #any: Group<H>
  readonly #default: Group<H>

  constructor(set: HostSet<H>, options: SubsetOptions<H>) {
    this.#options = options
    this.#keys = new SubsetKeys(options)
    // Of several with the same keys the first one counts.
    this.#selectors = new Map(
      options.selectors.toReversed().map((it) => [selectorKey(it.keys), it]),
    )
    this.#byKeyCount = options.selectors.toSorted((a, b) => b.keys.length - a.keys.length)
    this.#any = new Group(options)
    this.#default = new Group(options)
    this.update(set)
  }

  update(set: HostSet<H>): void {
    const { defaultSubset = {}, listAsAny = false } = this.#options
    const before = this.#subsets
    const members = membersOf(set, this.#options.selectors, this.#keys)
    this.#subsets = new Map(
      Array.from(members, ([key, entries]) => {
        const group = before.get(key) ?? new Group(this.#options)
        group.update(set, (entry) => entries.has(entry))
        return [key, group]
      }),
    )
    this.#any.update(set, () => true)
    this.#default.update(set, ({ metadata = {} }) =>
      matchesMetadata(metadata, defaultSubset, listAsAny),
    )
  }

  pick(context: PickContext<H>): H | undefined {
    const list = this.#options.metadataFallbackList ? context.metadataMatch?.['fallback_list'] : []
    if (!Array.isArray(list)) return this.#pickFor(context.metadataMatch, context)
    const { fallback_list: _, ...rest } = context.metadataMatch ?? {}
    const wanted = context.metadataMatch === undefined ? undefined : rest
    if (list.length === 0) {
      return this.#pickFor(
        this.#options.metadataFallbackList ? wanted : context.metadataMatch,
        context,
      )
    }
    for (const instead of list) {
      const host = this.#pickFor({ ...wanted, ...instead }, context)
      if (host !== undefined) return host
    }
    return undefined
  }

  #pickFor(match: Metadata | undefined, context: PickContext<H>): H | undefined {
    const criteria = match === undefined ? undefined : this.#criteria(match)
    if (criteria === undefined || Object.keys(criteria).length === 0) return this.#fallback(context)
    const found = this.#subsets.get(criteriaKey(criteria))
    if (found !== undefined) return found.pick(context)
    const selector = this.#selectors.get(selectorKey(Object.keys(criteria)))
    if (selector?.fallback === undefined) return this.#fallback(context)
    if (selector.fallback !== 'keys') return this.#groupOf(selector.fallback)?.pick(context)
    // Ends, as there are fewer keys each time.
    const { fallbackKeys = [] } = selector
    return this.#pickFor(
      Object.fromEntries(fallbackKeys.map((key) => [key, criteria[key]])),
      context,
    )
  }

  /** What the request asks for; if more is allowed, only what a selector has keys for: of those that fit, that with the most. */
  #criteria(match: Metadata): Metadata {
    if (!this.#options.allowRedundantKeys) return match
    const fits = this.#byKeyCount.find(({ keys }) => keys.every((key) => key in match))
    return fits === undefined
      ? match
      : Object.fromEntries(fits.keys.map((key) => [key, match[key]]))
  }

  #fallback(context: PickContext<H>): H | undefined {
    const { fallback = 'none', panicModeAny = false } = this.#options
    const group = this.#groupOf(fallback)
    if (group === undefined) return undefined
    return group.pick(context) ?? (panicModeAny ? this.#any.pick(context) : undefined)
  }

  #groupOf(fallback: SubsetFallback): Group<H> | undefined {
    if (fallback === 'none') return undefined
    return fallback === 'any-endpoint' ? this.#any : this.#default
  }
}

/** Which subsets metadata belongs to, by selector. What was worked out for an object is kept for as long as the object. */
class SubsetKeys {
  readonly #options: Pick<SubsetOptions<never>, 'selectors' | 'listAsAny'>
  readonly #known = new WeakMap<Metadata, readonly (readonly string[])[]>()

  constructor(options: Pick<SubsetOptions<never>, 'selectors' | 'listAsAny'>) {
    this.#options = options
  }

  of(metadata: Metadata): readonly (readonly string[])[] {
    const known = this.#known.get(metadata)
    if (known !== undefined) return known
    const { selectors, listAsAny = false } = this.#options
    const keys = selectors.map((it) =>
      metadataCombinations(metadata, it.keys, listAsAny).map(criteriaKey),
    )
    this.#known.set(metadata, keys)
    return keys
  }
}

/** The entries of each subset. */
function membersOf<H extends Host>(
  set: HostSet<H>,
  selectors: readonly SubsetSelector[],
  subsetKeys: SubsetKeys,
): Map<string, ReadonlySet<HostEntry<H>>> {
  const members = new Map<string, Set<HostEntry<H>>>()
  for (const entry of set.hosts) {
    for (const [i, keys] of subsetKeys.of(entry.metadata ?? noMetadata).entries()) {
      const isSingle = selectors[i]?.singleHostPerSubset === true
      for (const key of keys) {
        const known = members.get(key)
        if (known === undefined) members.set(key, new Set([entry]))
        else if (!isSingle) known.add(entry)
      }
    }
  }
  return members
}

const noMetadata: Metadata = {}

/** The balancer of one subset, made when it is first asked. */
class Group<H extends Host> {
  readonly #options: SubsetOptions<H>
  #balancer: Balancer<H> | undefined
  /** The hosts since the last pick, not looked at yet. */
  #hosts: (() => HostSet<H>) | undefined

  constructor(options: SubsetOptions<H>) {
    this.#options = options
  }

  update(set: HostSet<H>, belongs: (entry: HostEntry<H>) => boolean): void {
    this.#hosts = () => filterHosts(set, belongs, this.#options)
  }

  pick(context: PickContext<H>): H | undefined {
    if (this.#hosts !== undefined) {
      const hosts = this.#hosts()
      this.#hosts = undefined
      if (this.#balancer === undefined) this.#balancer = this.#options.create(hosts)
      else this.#balancer.update(hosts)
    }
    return this.#balancer?.pick(context)
  }
}
