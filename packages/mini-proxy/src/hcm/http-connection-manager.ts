import type { FilterRegistry } from '../filters/filter-registry.ts'
import type { NetworkFilter } from '../network/network-filter.ts'
import type { HcmContext } from './hcm-context.ts'
import type { HttpConnectionManagerJson } from './hcm-json.ts'

/**
 * Why this proxy must refuse `config`: unknown filters, typed configs or options that it would not honour. Empty if it
 * can be served.
 */
export function checkHttpConnectionManager(
  _config: HttpConnectionManagerJson,
  _registry: FilterRegistry,
): string[] {
  return []
}

/** Serves HTTP on the connections of one filter chain, as `config` says. */
export function createHttpConnectionManager(
  _config: HttpConnectionManagerJson,
  _context: HcmContext,
): NetworkFilter {
  throw new Error('not there yet')
}
