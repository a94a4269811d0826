import type { ConfigSourceJson } from '@meshwright/xds-types/envoy/config/core/v3'
import { durationMs } from '../duration-ms.ts'

/** Envoy's default for `initial_fetch_timeout`, in milliseconds. */
const defaultInitialFetchTimeoutMs = 15_000

/** Milliseconds that a source may take for its first answer; infinite if it says 0, as in Envoy. */
export function initialFetchTimeoutMs(source: ConfigSourceJson | undefined): number {
  return durationMs(source?.initialFetchTimeout, defaultInitialFetchTimeoutMs) || Infinity
}

/** Why resources cannot come from a source; undefined: they can. Only the aggregated stream is implemented. */
export function configSourceFault(source: ConfigSourceJson | undefined): string | undefined {
  if (source?.ads !== undefined || source?.self !== undefined) return undefined
  const kind = ['pathConfigSource', 'path', 'apiConfigSource'].find((it) => it in (source ?? {}))
  return `expected ads or self, got ${kind ?? 'nothing'}`
}
