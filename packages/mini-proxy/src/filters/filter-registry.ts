import type { HttpFilterType } from './http-filter.ts'

/** The HTTP filters one proxy knows, by the type URL of their configuration. */
export interface FilterRegistry {
  get(typeUrl: string): HttpFilterType | undefined
}

/** The built-in filters and the user's own, which win. */
export function createFilterRegistry(
  customFilters: readonly HttpFilterType[] = [],
): FilterRegistry {
  const byType = new Map<string, HttpFilterType>()
  for (const filter of customFilters) {
    for (const type of filter.configTypes) byType.set(type, filter)
  }
  return byType
}
