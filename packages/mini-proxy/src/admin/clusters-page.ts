import type { CircuitLimits, ClusterReport, HostReport } from '../cluster/cluster-report.ts'
import { tryParseHostPort } from '../network/ip-address.ts'
import { type AdminPage, jsonPage, textPage } from './admin-page.ts'

/** `/clusters`, as text or with `format=json`. */
export function clustersPage(
  clusters: readonly ClusterReport[],
  query: URLSearchParams,
): AdminPage {
  if (query.get('format') !== 'json') return textPage(clusters.map(clusterText).join(''))
  return jsonPage({ cluster_statuses: clusters.map(clusterJson) })
}

function clusterText({ name, limits, hosts }: ClusterReport): string {
  const lines = [
    ...limitLines(limits.default).map(([key, value]) => `default_priority::${key}::${value}`),
    ...limitLines(limits.high).map(([key, value]) => `high_priority::${key}::${value}`),
    ...hosts.flatMap((host) =>
      hostLines(host).map(([key, it]) => `${host.address}::${key}::${it}`),
    ),
  ]
  return lines.map((it) => `${name}::${it}\n`).join('')
}

function limitLines(limits: CircuitLimits): [string, number][] {
  return [
    ['max_connections', limits.connections],
    ['max_pending_requests', limits.pending],
    ['max_requests', limits.requests],
    ['max_retries', limits.retries],
  ]
}

function hostCounts(host: HostReport): [name: string, value: number, type: string][] {
  return [
    ['cx_active', host.cxActive, 'GAUGE'],
    ['cx_connect_fail', host.cxConnectFail, 'COUNTER'],
    ['cx_total', host.cxTotal, 'COUNTER'],
    ['rq_active', host.rqActive, 'GAUGE'],
    ['rq_total', host.rqTotal, 'COUNTER'],
  ]
}

function hostLines(host: HostReport): [string, string | number][] {
  return [
    ...hostCounts(host).map(([name, value]): [string, number] => [name, value]),
    ['hostname', host.hostname ?? ''],
    ['health_flags', healthFlags(host)],
    ['weight', host.weight],
    ['region', host.locality.region ?? ''],
    ['zone', host.locality.zone ?? ''],
    ['sub_zone', host.locality.subZone ?? ''],
    ['canary', 'false'],
    ['priority', host.priority],
  ]
}

function healthFlags({ ejected, health }: HostReport): string {
  return `${ejected ? '/failed_outlier_check' : ''}${edsFlags[health]}` || 'healthy'
}

const edsFlags = {
  healthy: '',
  degraded: '/degraded_eds_health',
  unhealthy: '/failed_eds_health',
} as const

const edsHealth = { healthy: 'HEALTHY', degraded: 'DEGRADED', unhealthy: 'UNHEALTHY' } as const

function clusterJson({ name, limits, hosts }: ClusterReport): object {
  return {
    name,
    added_via_api: true,
    host_statuses: hosts.map(hostJson),
    circuit_breakers: {
      thresholds: [
        Object.fromEntries(limitLines(limits.default)),
        { priority: 'HIGH', ...Object.fromEntries(limitLines(limits.high)) },
      ],
    },
  }
}

function hostJson(host: HostReport): object {
  const tcp = tryParseHostPort(host.address)
  const { region, zone, subZone } = host.locality
  return {
    address:
      tcp === undefined
        ? { pipe: { path: host.address } }
        : { socket_address: { address: tcp.address, port_value: tcp.port } },
    stats: hostCounts(host).map(([name, value, type]) => ({ name, value: String(value), type })),
    health_status: {
      ...(host.ejected && { failed_outlier_check: true }),
      eds_health_status: edsHealth[host.health],
    },
    weight: host.weight,
    ...(host.hostname !== undefined && { hostname: host.hostname }),
    ...(host.priority > 0 && { priority: host.priority }),
    locality: {
      ...(region && { region }),
      ...(zone && { zone }),
      ...(subZone && { sub_zone: subZone }),
    },
  }
}
