import {
  type HostSet,
  type HostSetOptions,
  hostSet,
  type LocalityHosts,
} from '@meshwright/lb-algorithms'
import type { MonitoredHost } from './attempt.ts'
import type { HostOptions } from './cluster-options.ts'

/** A host with what was said of it. */
export interface Member {
  readonly host: MonitoredHost
  readonly options: HostOptions
}

/** The usable hosts by priority and locality; those that are ejected are unhealthy. O(n). */
export function hostSetOf(
  members: Iterable<Member>,
  options: HostSetOptions | undefined,
): HostSet<MonitoredHost> {
  const groups = new Map<string, Group>()
  for (const member of members) {
    if (member.options.isUsable !== false) groupOf(member, groups).hosts.push(entryOf(member))
  }
  return hostSet([...groups.values()], options)
}

type Entry = LocalityHosts<MonitoredHost>['hosts'][number]

interface Group extends LocalityHosts<MonitoredHost> {
  readonly hosts: Entry[]
}

function groupOf({ options }: Member, groups: Map<string, Group>): Group {
  const { locality, localityWeight = 0, priority = 0 } = options
  const { region, zone, subZone } = locality ?? {}
  const key = JSON.stringify([priority, region, zone, subZone])
  const known = groups.get(key)
  if (known !== undefined) return known
  const group = {
    ...(locality !== undefined && { locality }),
    priority,
    weight: localityWeight,
    hosts: [],
  }
  groups.set(key, group)
  return group
}

function entryOf({ host, options: { weight = 1, health = 'healthy', metadata } }: Member): Entry {
  return {
    host,
    weight,
    health: host.monitor?.isEjected ? 'unhealthy' : health,
    ...(metadata !== undefined && { metadata }),
  }
}
