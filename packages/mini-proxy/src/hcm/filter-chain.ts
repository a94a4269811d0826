import type { Match } from '@meshwright/route-matcher'
import type { HttpConnectionManagerJson } from '@meshwright/xds-types/envoy/extensions/filters/network/http_connection_manager/v3'
import type { FilterRegistry } from '../filters/filter-registry.ts'
import type {
  FilterConfigJson,
  FilterContext,
  FilterStream,
  HttpFilter,
} from '../filters/http-filter.ts'
import { typeNameOf, unwrapTypedStruct } from '../network/typed-struct.ts'
import { routeFilterConfig } from './route-filter-config.ts'

type FilterJson = NonNullable<HttpConnectionManagerJson['httpFilters']>[number]

const none: readonly HttpFilter[] = []

/** Type of the filter that ends every chain. */
const routerType = 'envoy.extensions.filters.http.router.v3.Router'

/** The HTTP filters of one connection manager before the router, ready to be made per request. */
export class FilterChain {
  readonly #filters: readonly ConfiguredFilter[]

  constructor(
    filters: readonly FilterJson[],
    registry: FilterRegistry,
    contextOf: (name: string) => FilterContext,
  ) {
    this.#filters = filters.flatMap((it) => configure(it, registry, contextOf) ?? [])
  }

  /** The filters for one request. A route may switch one off, or on. */
  open(match: Match | undefined, streamOf: (name: string) => FilterStream): readonly HttpFilter[] {
    if (this.#filters.length === 0) return none
    const open: HttpFilter[] = []
    for (const { name, disabled, create } of this.#filters) {
      const route = routeFilterConfig(match, name)
      if (route === undefined ? disabled : route.disabled) continue
      const filter = create(streamOf(name))
      if (filter !== undefined) open.push(filter)
    }
    return open
  }
}

interface ConfiguredFilter {
  readonly name: string
  readonly disabled: boolean
  readonly create: (stream: FilterStream) => HttpFilter | undefined
}

/** Undefined: nothing to do. What may not be left out was refused by the check before. */
function configure(
  { name = '', typedConfig, disabled = false }: FilterJson,
  registry: FilterRegistry,
  contextOf: (name: string) => FilterContext,
): ConfiguredFilter | undefined {
  if (typedConfig === undefined) return undefined
  const config: FilterConfigJson = unwrapTypedStruct(typedConfig)
  const type = registry.get(typeNameOf(config['@type']))
  if (type === undefined || type.inert === true) return undefined
  return { name, disabled, create: type.create(config, contextOf(name)) }
}

/**
 * Why these filters cannot be run as configured.
 *
 * A filter that is not known is passed over if it is optional or disabled, as Envoy does.
 */
export function checkFilters(filters: readonly FilterJson[], registry: FilterRegistry): string[] {
  const reasons: string[] = []
  for (const [i, filter] of filters.entries()) {
    const last = i === filters.length - 1
    const type = filter.typedConfig && typeNameOf(unwrapTypedStruct(filter.typedConfig)['@type'])
    if (type === routerType) {
      if (!last) reasons.push(`http filter ${quoted(filter.name)}: the router must be the last`)
      continue
    }
    if (last) reasons.push(`http filter ${quoted(filter.name)}: the last must be the router`)
    const reason = checkFilter(filter, registry)
    if (reason !== undefined) reasons.push(reason)
  }
  if (filters.length === 0) reasons.push('http_filters is empty: the last must be the router')
  return reasons
}

/** Names of the filters that are accepted and do nothing. */
export function inertFilters(filters: readonly FilterJson[], registry: FilterRegistry): string[] {
  return filters.flatMap(({ name = '', typedConfig }) => {
    if (typedConfig === undefined) return []
    const type = registry.get(typeNameOf(unwrapTypedStruct(typedConfig)['@type']))
    return type?.inert === true ? [name] : []
  })
}

function checkFilter(filter: FilterJson, registry: FilterRegistry): string | undefined {
  const { name, typedConfig, isOptional = false, disabled = false } = filter
  if (filter.configDiscovery !== undefined) {
    return isOptional ? undefined : `http filter ${quoted(name)}: config_discovery is not supported`
  }
  if (typedConfig === undefined) return `http filter ${quoted(name)} has no typed_config`
  const config = unwrapTypedStruct(typedConfig)
  const type = registry.get(typeNameOf(config['@type']))
  if (type === undefined) {
    if (isOptional || disabled) return undefined
    return `http filter ${quoted(name)} of type ${typeNameOf(config['@type'])} is not supported`
  }
  const reasons = type.check?.(config) ?? []
  return reasons.length === 0 ? undefined : `http filter ${quoted(name)}: ${reasons.join('; ')}`
}

function quoted(name: string | undefined): string {
  return JSON.stringify(name ?? '')
}
