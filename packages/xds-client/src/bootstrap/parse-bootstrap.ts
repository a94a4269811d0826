import { XdsTypesError } from '@meshwright/xds-types'
import {
  type BootstrapJson,
  Bootstrap as BootstrapMessage,
} from '@meshwright/xds-types/envoy/config/bootstrap/v3'
import type { ConfigSourceJson } from '@meshwright/xds-types/envoy/config/core/v3'
import { configSourceFault, initialFetchTimeoutMs } from '../cache/config-source.ts'
import { edsNameOf, routeReferencesOf } from '../cache/references.ts'
import { BootstrapError } from '../errors.ts'
import { resolveAdsSource } from './ads-source.ts'
import type { AdminAddress, Bootstrap, DynamicSource, StaticResources } from './bootstrap.ts'
import { LocatedText, type PathFault } from './located-text.ts'
import { completeNode } from './node-identity.ts'

/** How to speak of a bootstrap. */
export interface ParseBootstrapOptions {
  /** The file the text came from, for messages. Default: `bootstrap`. */
  readonly file?: string
}

/**
 * Parses a bootstrap in Envoy's own format: YAML or JSON, field names in snake_case or camelCase.
 *
 * @throws {BootstrapError} that lists the faults found, each with its path and its line.
 */
export function parseBootstrap(text: string, options: ParseBootstrapOptions = {}): Bootstrap {
  const located = new LocatedText(text, options.file ?? 'bootstrap')
  const json = canonicalJson(located)
  const faults: PathFault[] = []
  const statics = staticResources(json, faults)
  const { adsConfig, ldsConfig, cdsConfig } = json.dynamicResources ?? {}
  const ads = adsConfig && resolveAdsSource(adsConfig, statics.clusters, faults)
  const bootstrap = {
    node: completeNode(json.node ?? {}),
    admin: adminAddress(json, faults),
    staticResources: statics,
    ads,
    lds: dynamicSource('lds_config', ldsConfig, faults),
    cds: dynamicSource('cds_config', cdsConfig, faults),
    json,
  }
  if (adsConfig === undefined && (ldsConfig !== undefined || cdsConfig !== undefined)) {
    faults.push({ path: 'dynamic_resources', message: 'expected ads_config, for lds and cds' })
  }
  if (adsConfig !== undefined && !json.node?.id) {
    faults.push({ path: 'node.id', message: 'expected a name that the control plane knows' })
  }
  refuse(located, faults)
  return bootstrap
}

function canonicalJson(located: LocatedText): BootstrapJson {
  const value = located.value()
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse(located, [{ path: '', message: 'expected a mapping with the fields of a bootstrap' }])
  }
  const unknown: PathFault[] = []
  try {
    const message = BootstrapMessage.fromJson(value as BootstrapJson, {
      // Dropped so that the rest is looked at as well, and refused below.
      unknownFields: 'drop',
      onDrop: (fault) => unknown.push(fault),
    })
    refuse(located, [...unknown, ...BootstrapMessage.validate(message, { intoAny: true })])
    return BootstrapMessage.toJson(message)
  } catch (error) {
    if (!(error instanceof XdsTypesError)) throw error
    const { path } = error
    const message = error.message.replace(`${path}: `, '').replace(` [${error.code}]`, '')
    const faults = [...unknown, { path, message }].map((fault) => located.locate(fault))
    throw new BootstrapError(faults, { cause: error })
  }
}

function refuse(located: LocatedText, faults: readonly PathFault[]): void {
  if (faults.length === 0) return
  const places = faults.map((fault) => located.locate(fault))
  throw new BootstrapError(places.sort((a, b) => a.line - b.line || a.column - b.column))
}

function staticResources(json: BootstrapJson, faults: PathFault[]): StaticResources {
  const { listeners = [], clusters = [], secrets = [] } = json.staticResources ?? {}
  for (const [list, resources] of Object.entries({ listeners, clusters, secrets })) {
    const seen = new Set<string>()
    resources.forEach(({ name = '' }, index) => {
      const path = `static_resources.${list}[${index}].name`
      if (seen.has(name))
        faults.push({
          path,
          message: `expected a name of its own, got ${JSON.stringify(name)} again`,
        })
      seen.add(name)
    })
  }
  clusters.forEach((cluster, index) => {
    if (edsNameOf(cluster) === undefined) return
    const fault = configSourceFault(cluster.edsClusterConfig?.edsConfig)
    const path = `static_resources.clusters[${index}].eds_cluster_config.eds_config`
    if (fault !== undefined) faults.push({ path, message: fault })
  })
  listeners.forEach((listener, index) => {
    const path = `static_resources.listeners[${index}]`
    for (const { name, source } of routeReferencesOf(listener)) {
      const fault = configSourceFault(source)
      if (fault !== undefined)
        faults.push({ path, message: `rds ${JSON.stringify(name)}: ${fault}` })
    }
  })
  return { listeners, clusters, secrets }
}

function adminAddress(json: BootstrapJson, faults: PathFault[]): AdminAddress | undefined {
  const address = json.admin?.address
  if (address === undefined) return undefined
  if (address.socketAddress === undefined) {
    faults.push({ path: 'admin.address', message: 'expected a socket address' })
    return undefined
  }
  const { address: host = '', portValue = 0 } = address.socketAddress
  return { address: host, port: portValue }
}

function dynamicSource(
  field: string,
  source: ConfigSourceJson | undefined,
  faults: PathFault[],
): DynamicSource | undefined {
  if (source === undefined) return undefined
  const fault = configSourceFault(source)
  if (fault !== undefined) faults.push({ path: `dynamic_resources.${field}`, message: fault })
  const timeout = initialFetchTimeoutMs(source)
  return { initialFetchTimeoutMs: timeout === Infinity ? 0 : timeout }
}
