/** The parts of Envoy's `/config_dump` that the tests compare; ours has the same form in camelCase. */
export interface DumpVersions {
  /** By type (`cds`, `lds`): the version of the last accepted response. */
  readonly ofType: ReadonlyMap<string, string>
  /** By type and name (`cds/name`): the version of the resource. */
  readonly ofResource: ReadonlyMap<string, string>
}

interface Entry {
  readonly version_info?: string
  readonly [field: string]: unknown
}

interface Section {
  readonly '@type': string
  readonly version_info?: string
  readonly dynamic_active_clusters?: readonly Entry[]
  readonly dynamic_listeners?: readonly { readonly active_state?: Entry }[]
  readonly dynamic_route_configs?: readonly Entry[]
  readonly dynamic_endpoint_configs?: readonly Entry[]
}

/** Reads the versions out of a config dump, Envoy's or ours. */
export function versionsOf(dump: unknown): DumpVersions {
  const ofType = new Map<string, string>()
  const ofResource = new Map<string, string>()
  const keep = (type: string, field: string, entries: readonly (Entry | undefined)[]): void => {
    for (const entry of entries) {
      const resource = entry?.[field] as { readonly name?: string; readonly cluster_name?: string }
      const name = resource.name ?? resource.cluster_name
      if (entry?.version_info !== undefined) ofResource.set(`${type}/${name}`, entry.version_info)
    }
  }
  for (const it of (snakeCase(dump) as { configs: readonly Section[] }).configs) {
    const kind = it['@type'].split('.').at(-1)
    if (kind === 'ClustersConfigDump') ofType.set('cds', it.version_info ?? '')
    if (kind === 'ListenersConfigDump') ofType.set('lds', it.version_info ?? '')
    keep('cds', 'cluster', it.dynamic_active_clusters ?? [])
    keep('lds', 'listener', it.dynamic_listeners?.map((one) => one.active_state) ?? [])
    keep('rds', 'route_config', it.dynamic_route_configs ?? [])
    keep('eds', 'endpoint_config', it.dynamic_endpoint_configs ?? [])
  }
  return { ofType, ofResource }
}

function snakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCase)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, it]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeCase(it),
    ]),
  )
}
