import type { Located } from '../catalog.ts'
import { selects } from '../service/workload-endpoint.ts'
import type { MeshService } from '../snapshot.ts'
import type { DestinationRuleSpec } from '../spec/destination-rule.ts'
import { hint } from './destinations.ts'
import type { World } from './world.ts'

/**
 * Checks that a destination rule applies to something: a policy on a mistyped host would silently
 * protect and limit nothing.
 */
export function checkDestinationRule(world: World, located: Located<DestinationRuleSpec>): void {
  const { services, catalog } = world
  const { host } = located.resource.spec
  if (host === undefined) return
  const { namespace } = located.resource.metadata
  const found = services.under(services.fullName(host, namespace))
  if (found.length > 0) {
    checkSubsets(world, located, found)
    return
  }
  if (services.mayExist(host)) return
  const suggestion = services.suggestion(host, namespace)
  catalog.report(located, ['host'], {
    code: host.startsWith('*') ? 'WARN_CONFIG_REFERENCE' : 'ERR_CONFIG_REFERENCE',
    severity: host.startsWith('*') ? 'warning' : 'error',
    message: `no service has the host ${host}${hint(suggestion)}`,
    expected: suggestion ?? 'the host of a Service or a ServiceEntry',
    got: host,
    ...(suggestion !== undefined && { suggestion }),
  })
}

/** Warns of a second rule for the same host in a namespace, without which one cannot say what holds. */
export function checkRuleConflicts({ destinationRules, catalog, services }: World): void {
  const taken = new Map<string, Located<DestinationRuleSpec>>()
  for (const located of destinationRules) {
    const { spec, metadata } = located.resource
    if (spec.host === undefined || spec.workloadSelector !== undefined) continue
    const key = `${metadata.namespace}|${services.fullName(spec.host, metadata.namespace)}`
    const first = taken.get(key)
    if (first === undefined) {
      taken.set(key, located)
      continue
    }
    const { source } = first.resource
    catalog.report(located, ['host'], {
      code: 'WARN_CONFIG_CONFLICT',
      severity: 'warning',
      message: `${spec.host} has DestinationRule ${first.resource.metadata.name} (${source.file}:${source.line}) already: the subsets are merged, of the policies only the older one's applies`,
      got: spec.host,
    })
  }
}

function checkSubsets(
  { catalog }: World,
  located: Located<DestinationRuleSpec>,
  found: readonly MeshService[],
): void {
  const endpoints = found.flatMap((service) => service.endpoints)
  if (endpoints.length === 0) return
  for (const [index, subset] of (located.resource.spec.subsets ?? []).entries()) {
    const labels = subset?.labels ?? {}
    if (Object.keys(labels).length === 0) continue
    if (endpoints.some((endpoint) => selects(labels, endpoint.labels))) continue
    catalog.report(located, ['subsets', index, 'labels'], {
      code: 'WARN_CONFIG_NO_EFFECT',
      severity: 'warning',
      message: `subset ${subset.name} selects none of the ${endpoints.length} endpoints`,
    })
  }
}
