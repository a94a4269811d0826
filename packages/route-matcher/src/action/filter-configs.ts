import { type Findings, fault } from '../config/findings.ts'

type FilterConfigs = Readonly<Record<string, unknown>>

/** What one level of the configuration says to its filters. */
export interface FilterLevel {
  readonly typedPerFilterConfig?: FilterConfigs
  /** The older place of a CORS policy; it counts as that filter's where no level has one in the newer place. */
  readonly cors?: unknown
}

/** A `FilterConfig` that neither holds a configuration nor disables is a fault. */
export function checkFilterConfigs(level: FilterLevel, path: string, findings: Findings): void {
  const { typedPerFilterConfig } = level
  if (typedPerFilterConfig === undefined) return
  for (const [name, config] of Object.entries(typedPerFilterConfig)) {
    const own = unwrap(config)
    if (own.saysSomething) continue
    const at = `${path === '' ? '' : `${path}.`}typedPerFilterConfig[${JSON.stringify(name)}]`
    fault(findings, at, 'expected config or disabled, got neither')
  }
}

/** What a route says to one filter. */
export interface FilterSettings {
  /** The filter is to be passed over. The most specific level that names the filter decides. */
  readonly disabled: boolean
  /** Its configurations, taken out of `FilterConfig`, the most specific first; which of them count is for the filter to say. */
  readonly configs: readonly unknown[]
}

/** The name under which CORS policies are given. */
export const corsFilter = 'envoy.filters.http.cors'

/** Puts the levels of a route, or of one of its weighted clusters, into one list per filter, the most specific first. */
export function filterConfigsOf(
  route: FilterLevel & { readonly route?: Pick<FilterLevel, 'cors'> },
  scope: { readonly virtualHost: FilterLevel; readonly configuration: FilterLevel },
  weight: FilterLevel | undefined,
): ReadonlyMap<string, readonly unknown[]> {
  const cors = route.route?.cors
  const own = cors === undefined ? route : { ...route, cors }
  const levels = [weight, own, scope.virtualHost, scope.configuration]
  return levels.some(saysSomething) ? mergeFilterConfigs(levels) : nothing
}

const nothing: ReadonlyMap<string, readonly unknown[]> = new Map()

function saysSomething(level: FilterLevel | undefined): boolean {
  return level?.typedPerFilterConfig !== undefined || level?.cors !== undefined
}

function mergeFilterConfigs(
  levels: readonly (FilterLevel | undefined)[],
): ReadonlyMap<string, readonly unknown[]> {
  const merged = new Map<string, unknown[]>()
  const add = (name: string, config: unknown): void => {
    const list = merged.get(name)
    if (list === undefined) merged.set(name, [config])
    else list.push(config)
  }
  for (const level of levels) {
    const configs = level?.typedPerFilterConfig
    if (configs === undefined) continue
    for (const [name, config] of Object.entries(configs)) add(name, config)
  }
  if (merged.has(corsFilter)) return merged
  for (const level of levels) {
    const cors = level?.cors
    if (typeof cors !== 'object' || cors === null) continue
    add(corsFilter, { '@type': corsPolicy, ...cors })
  }
  return merged
}

/**
 * What the list of one filter in `match.typedPerFilterConfig` comes to; undefined if no level names the filter. A `FilterConfig`
 * whose `config` is empty switches the filter on.
 *
 * @example
 * ```ts
 * filterSettings(match.typedPerFilterConfig.get('envoy.filters.http.fault'))?.disabled
 * ```
 */
export function filterSettings(levels: readonly unknown[] | undefined): FilterSettings | undefined {
  if (levels === undefined || levels.length === 0) return undefined
  const configs: unknown[] = []
  let disabled: boolean | undefined
  for (const level of levels) {
    const own = unwrap(level)
    disabled ??= own.disabled
    if (own.config !== undefined && !own.disabled) configs.push(own.config)
  }
  return { disabled: disabled === true, configs }
}

const corsPolicy = 'type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy'
const wrapper = /(?:^|\/)envoy\.config\.route\.v3\.FilterConfig$/

interface Unwrapped {
  readonly disabled: boolean
  /** Undefined: none, or one that holds nothing, which stands for none. */
  readonly config: unknown
  readonly saysSomething: boolean
}

function unwrap(level: unknown): Unwrapped {
  const { '@type': type, disabled, config }: Record<string, unknown> = { ...Object(level) }
  if (typeof type !== 'string' || !wrapper.test(type)) {
    return { disabled: false, config: level, saysSomething: true }
  }
  return {
    disabled: disabled === true,
    config: Object.keys(Object(config)).length === 0 ? undefined : config,
    saysSomething: disabled === true || config !== undefined,
  }
}
