import { filterSettings, type Match } from '@meshwright/route-matcher'
import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'
import type { FilterRegistry } from '../filters/filter-registry.ts'
import type { FilterConfigJson } from '../filters/http-filter.ts'
import { typeNameOf, unwrapTypedStruct } from '../network/typed-struct.ts'

/** What a route says to one filter. */
export interface RouteFilterConfig {
  readonly disabled: boolean
  readonly config: FilterConfigJson | undefined
}

const resolved = new WeakMap<readonly unknown[], RouteFilterConfig>()

/** What the levels of the route say to the filter `name`: whether it is on, and the most specific configuration. */
export function routeFilterConfig(
  match: Match | undefined,
  name: string,
): RouteFilterConfig | undefined {
  const levels = match?.typedPerFilterConfig.get(name)
  if (levels === undefined) return undefined
  const known = resolved.get(levels)
  if (known !== undefined) return known
  const made = resolve(levels)
  resolved.set(levels, made)
  return made
}

function resolve(levels: readonly unknown[]): RouteFilterConfig {
  const { disabled = false, configs: [config] = [] } = filterSettings(levels) ?? {}
  return { disabled, config: isTyped(config) ? unwrapTypedStruct(config) : undefined }
}

function isTyped(config: unknown): config is FilterConfigJson {
  return typeof config === 'object' && config !== null && '@type' in config
}

/**
 * Why the filter configurations in a route configuration cannot be honoured: one of a type that is not known would
 * otherwise be skipped in silence.
 */
export function checkRouteFilters(
  configuration: RouteConfigurationJson,
  registry: FilterRegistry,
): string[] {
  const reasons: string[] = []
  const check = (
    where: string,
    configs: Readonly<Record<string, FilterConfigJson>> | undefined,
  ) => {
    for (const [name, config] of Object.entries(configs ?? {})) {
      const reason = checkOne(config, registry)
      if (reason !== undefined) {
        reasons.push(`${where}: typed_per_filter_config ${JSON.stringify(name)} ${reason}`)
      }
    }
  }
  const whole = `route configuration ${JSON.stringify(configuration.name ?? '')}`
  check(whole, configuration.typedPerFilterConfig)
  for (const host of configuration.virtualHosts ?? []) {
    const where = `virtual host ${JSON.stringify(host.name ?? '')}`
    check(where, host.typedPerFilterConfig)
    for (const [i, route] of (host.routes ?? []).entries()) {
      check(`${where} route ${i}`, route.typedPerFilterConfig)
      for (const weighted of route.route?.weightedClusters?.clusters ?? []) {
        check(`${where} route ${i}`, weighted.typedPerFilterConfig)
      }
    }
  }
  return reasons
}

function checkOne(json: FilterConfigJson, registry: FilterRegistry): string | undefined {
  const { config } = resolve([json])
  if (config === undefined) return undefined
  const name = typeNameOf(config['@type'])
  const type = registry.forRoute(name)
  if (type === undefined) {
    return (json as { isOptional?: boolean }).isOptional === true
      ? undefined
      : `of type ${name} is not supported`
  }
  const reasons = type.checkRoute?.(config) ?? []
  return reasons.length === 0 ? undefined : reasons.join('; ')
}
