import type { RouteConfigurationJson } from '@meshwright/xds-types/envoy/config/route/v3'

/** Why the `connect_config`s of these routes cannot be honoured. */
export function checkConnectConfigs(config: RouteConfigurationJson): string[] {
  const routes = (config.virtualHosts ?? []).flatMap((it) => it.routes ?? [])
  const upgrades = routes.flatMap((it) => it.route?.upgradeConfigs ?? [])
  return upgrades.flatMap(({ upgradeType = '', connectConfig }) => {
    if (connectConfig === undefined) return []
    if (upgradeType.toUpperCase() !== 'CONNECT') {
      return [`connect_config of ${upgradeType} is not supported`]
    }
    const reasons: string[] = []
    if (connectConfig.allowPost === true) reasons.push('connect_config.allow_post is not supported')
    if ((connectConfig.proxyProtocolConfig?.addedTlvs ?? []).length > 0) {
      reasons.push('connect_config.proxy_protocol_config.added_tlvs is not supported')
    }
    return reasons
  })
}
