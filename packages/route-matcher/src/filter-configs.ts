type FilterConfigs = Readonly<Record<string, unknown>>

/** What one level of the configuration says to its filters. */
export interface FilterLevel {
  readonly typedPerFilterConfig?: FilterConfigs
  /** The older place of a CORS policy; it counts as that filter's. */
  readonly cors?: unknown
}

/** Puts the levels, the most specific first, into one list per filter. */
export function mergeFilterConfigs(
  levels: readonly (FilterLevel | undefined)[],
): ReadonlyMap<string, readonly unknown[]> {
  const merged = new Map<string, unknown[]>()
  for (const level of levels) {
    for (const [name, config] of Object.entries(configsOf(level))) {
      const list = merged.get(name)
      if (list === undefined) merged.set(name, [config])
      else list.push(config)
    }
  }
  return merged
}

/** The name under which CORS policies are given. */
export const corsFilter = 'envoy.filters.http.cors'
const corsPolicy = 'type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy'

function configsOf(level: FilterLevel | undefined): FilterConfigs {
  const configs = level?.typedPerFilterConfig ?? {}
  const { cors } = level ?? {}
  if (typeof cors !== 'object' || cors === null || Object.hasOwn(configs, corsFilter)) {
    return configs
  }
  return { ...configs, [corsFilter]: { '@type': corsPolicy, ...cors } }
}
