import type { ServedResources } from '@meshwright/xds-server'
import { shortType } from './short-types.ts'

const admin = 'type.googleapis.com/envoy.admin.v3.'

/**
 * What a client should have, in the form of Envoy's own `/config_dump` (proto3 JSON of
 * `envoy.admin.v3.ConfigDump`), so that tools which read that read this.
 */
export function configDump(resources: ReadonlyMap<string, ServedResources>): object {
  return { configs: [...resources].flatMap(([typeUrl, served]) => section(typeUrl, served)) }
}

function section(typeUrl: string, served: ServedResources): object[] {
  const { version: versionInfo } = served
  switch (shortType(typeUrl)) {
    case 'cds':
      return [
        {
          '@type': `${admin}ClustersConfigDump`,
          versionInfo,
          dynamicActiveClusters: entries(typeUrl, served, 'cluster'),
        },
      ]
    case 'lds':
      return [
        {
          '@type': `${admin}ListenersConfigDump`,
          versionInfo,
          dynamicListeners: entries(typeUrl, served, 'listener').map((activeState, i) => ({
            name: [...served.byName.keys()][i],
            activeState,
          })),
        },
      ]
    case 'rds':
      return [
        {
          '@type': `${admin}RoutesConfigDump`,
          dynamicRouteConfigs: entries(typeUrl, served, 'routeConfig'),
        },
      ]
    case 'eds':
      return [
        {
          '@type': `${admin}EndpointsConfigDump`,
          dynamicEndpointConfigs: entries(typeUrl, served, 'endpointConfig'),
        },
      ]
    default:
      // Secrets, above all: a dump never shows them.
      return []
  }
}

function entries(typeUrl: string, { byName }: ServedResources, field: string): object[] {
  return [...byName.values()].map(({ version, json }) => ({
    versionInfo: version,
    [field]: { '@type': typeUrl, ...json },
  }))
}
