import type { ClusterReport, HostReport } from '../cluster/cluster-report.ts'

/**
 * The reports of several processes as one: what each counts for itself adds up, a host that any of them leaves out is left out,
 * and limits are those that each process keeps. O(hosts of all).
 */
export function mergeClusters(sources: Iterable<readonly ClusterReport[]>): ClusterReport[] {
  const merged = new Map<string, Merging>()
  for (const reports of sources) {
    for (const report of reports) {
      const known = merged.get(report.name) ?? { report, hosts: new Map() }
      merged.set(report.name, known)
      for (const host of report.hosts) addHost(known.hosts, host)
    }
  }
  return [...merged.values()]
    .map(({ report, hosts }) => ({ ...report, hosts: [...hosts.values()] }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

interface Merging {
  readonly report: ClusterReport
  readonly hosts: Map<string, HostReport>
}

function addHost(hosts: Map<string, HostReport>, host: HostReport): void {
  const { region, zone, subZone } = host.locality
  const key = JSON.stringify([host.address, host.priority, region, zone, subZone])
  const known = hosts.get(key)
  if (known === undefined) {
    hosts.set(key, host)
    return
  }
  hosts.set(key, {
    ...known,
    ejected: known.ejected || host.ejected,
    cxTotal: known.cxTotal + host.cxTotal,
    cxActive: known.cxActive + host.cxActive,
    cxConnectFail: known.cxConnectFail + host.cxConnectFail,
    rqTotal: known.rqTotal + host.rqTotal,
    rqActive: known.rqActive + host.rqActive,
  })
}
