import type { Match } from '@meshwright/route-matcher'
import type { HttpConnectionManagerJson } from '@meshwright/xds-types/envoy/extensions/filters/network/http_connection_manager/v3'
import type { FilterRegistry } from '../filters/filter-registry.ts'
import type { LocalReply } from '../filters/http-filter.ts'
import type { RequestHead } from '../http/stream.ts'
import { checkFilters, type FilterChain } from './filter-chain.ts'

type UpgradeConfigJson = NonNullable<HttpConnectionManagerJson['upgradeConfigs']>[number]
export type FilterListJson = NonNullable<UpgradeConfigJson['filters']>

/** One kind of upgrade as the connection manager has it. */
interface Upgrade {
  readonly enabled: boolean
  /** The filters such requests pass; undefined for those of all requests. */
  readonly filters: FilterChain | undefined
}

/** Which upgrades are let through, by lower-case type. */
export class Upgrades {
  readonly #byType = new Map<string, Upgrade>()

  constructor(
    configs: readonly UpgradeConfigJson[],
    compile: (filters: FilterListJson) => FilterChain,
  ) {
    for (const { upgradeType = '', enabled, filters = [] } of configs) {
      this.#byType.set(upgradeType.toLowerCase(), {
        enabled: enabled !== false,
        filters: filters.length === 0 ? undefined : compile(filters),
      })
    }
  }

  /** Filters of their own for requests like this one. */
  filtersFor(head: RequestHead): FilterChain | undefined {
    return head.upgrade === undefined ? undefined : this.#of(head.upgrade)?.filters
  }

  /** The answer to an upgrade that is not let through, in Envoy's words; undefined lets it through. */
  refuse(head: RequestHead, match: Match | undefined): LocalReply | undefined {
    const { upgrade } = head
    if (upgrade === undefined) return undefined
    if (upgrade === 'CONNECT' && match === undefined) {
      return { status: 404, details: 'route_not_found', flag: 'NR' }
    }
    return this.#allows(upgrade, match) ? undefined : { status: 403, details: 'upgrade_failed' }
  }

  /** What the route says goes before what the connection manager says. */
  #allows(upgrade: string, match: Match | undefined): boolean {
    const action = match?.action
    const policies = action?.kind === 'cluster' ? action.upgrades : []
    const onRoute = policies.find((it) => it.type === upgrade.toLowerCase())
    return onRoute?.enabled ?? this.#of(upgrade)?.enabled ?? false
  }

  #of(upgrade: string): Upgrade | undefined {
    return this.#byType.get(upgrade.toLowerCase())
  }
}

/** Why these upgrades cannot be served. */
export function checkUpgrades(
  configs: readonly UpgradeConfigJson[],
  registry: FilterRegistry,
): string[] {
  const reasons: string[] = []
  const seen = new Set<string>()
  for (const { upgradeType = '', filters = [] } of configs) {
    const type = upgradeType.toLowerCase()
    if (seen.has(type)) reasons.push(`upgrade_configs has ${JSON.stringify(upgradeType)} twice`)
    seen.add(type)
    if (filters.length > 0) reasons.push(...checkFilters(filters, registry))
  }
  return reasons
}
