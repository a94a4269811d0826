import { type Findings, fault } from '../config/findings.ts'
import type { Match } from '../table/match.ts'
import type { VirtualHostTable } from '../table/virtual-host-table.ts'
import { DomainIndex } from './domain-index.ts'
import type { RouteIndex } from './route-index.ts'

/** What a domain leads to; what a match needs of the virtual host lies in this one object. */
export interface HostEntry {
  /** The match of every request with a path, where one route without further conditions takes them all. */
  readonly always: Match | undefined
  readonly index: RouteIndex
  readonly tlsRedirect: VirtualHostTable['tlsRedirect']
  /** As the configuration writes it. */
  readonly domain: string
  readonly value: VirtualHostTable
}

/** Indexes virtual hosts by their domains; a domain that is there twice is a fault. */
export function indexDomains(
  hosts: readonly VirtualHostTable[],
  findings: Findings,
): DomainIndex<HostEntry> {
  const index = new DomainIndex<HostEntry>()
  for (const [i, host] of hosts.entries()) {
    for (const [j, domain] of host.info.domains.entries()) {
      if (domain !== '' && index.add(domain, entryOf(domain, host))) continue
      const got = domain === '' ? 'nothing' : `${JSON.stringify(domain)} again`
      const message = `expected a domain of its own, got ${got}`
      fault(findings, `virtualHosts[${i}].domains[${j}]`, message)
    }
  }
  return index
}

function entryOf(domain: string, value: VirtualHostTable): HostEntry {
  const { index, tlsRedirect } = value
  const always = tlsRedirect === undefined ? index.always : undefined
  return { always, index, tlsRedirect, domain, value }
}
