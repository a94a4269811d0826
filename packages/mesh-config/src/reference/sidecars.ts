import type { Catalog, Located } from '../catalog.ts'
import { equal } from '../equal.ts'
import type { SidecarSpec } from '../spec/sidecar.ts'
import { hint } from './destinations.ts'
import type { ServiceIndex } from './service-index.ts'
import type { Place } from './world.ts'

/** Checks that no two sidecar resources claim the same workloads. */
export function checkSidecarConflicts(
  catalog: Catalog,
  all: readonly Located<SidecarSpec>[],
): void {
  for (const [index, later] of all.entries()) {
    const earlier = all.slice(0, index).find((each) => sameWorkloads(each, later))
    if (earlier === undefined) continue
    const { metadata, source } = earlier.resource
    catalog.report(later, ['workloadSelector'], {
      code: 'ERR_CONFIG_CONFLICT',
      message: `Sidecar ${metadata.name} (${source.file}:${source.line}) selects the same workloads of namespace ${metadata.namespace}`,
      expected: 'another workloadSelector',
    })
  }
}

/** What is needed to look a host up. */
export interface Lookup {
  readonly catalog: Catalog
  readonly services: ServiceIndex
}

/** Warns of hosts that a sidecar imports and that do not exist. */
export function checkEgressHosts(lookup: Lookup, located: Located<SidecarSpec>): void {
  for (const [index, listener] of (located.resource.spec.egress ?? []).entries()) {
    for (const [at, entry] of (listener?.hosts ?? []).entries()) {
      if (entry !== undefined)
        checkEntry(lookup, located, { entry, place: ['egress', index, 'hosts', at] })
    }
  }
}

function checkEntry(
  { catalog, services }: Lookup,
  located: Located<SidecarSpec>,
  { entry, place }: { entry: string; place: Place },
): void {
  const own = located.resource.metadata.namespace
  const [where = '', host = ''] = entry.split('/')
  if (host.includes('*') || where === '~') return
  const found = services.find(host)
  const namespace = where === '.' ? own : where
  if (found.some((each) => where === '*' || each.namespace === namespace)) return
  if (services.mayExist(host)) return
  const suggestion = found[0] === undefined ? undefined : `${found[0].namespace}/${host}`
  const hostHint = suggestion ?? services.suggestion(host, own)
  catalog.report(located, place, {
    code: 'WARN_CONFIG_REFERENCE',
    severity: 'warning',
    message: `there is no service ${entry}${hint(hostHint)}`,
    got: entry,
    ...(hostHint !== undefined && { suggestion: hostHint }),
  })
}

function sameWorkloads(a: Located<SidecarSpec>, b: Located<SidecarSpec>): boolean {
  if (a.resource.metadata.namespace !== b.resource.metadata.namespace) return false
  const [first, second] = [a, b].map(({ resource }) => resource.spec.workloadSelector?.labels ?? {})
  return equal(first, second)
}
