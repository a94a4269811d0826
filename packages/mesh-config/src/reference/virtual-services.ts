import type { Located } from '../catalog.ts'
import { nearMiss } from '../near-miss.ts'
import type { MeshConfig } from '../spec/mesh-config.ts'
import type { VirtualServiceSpec } from '../spec/virtual-service.ts'
import { hint } from './destinations.ts'
import { gatewayKey } from './gateways.ts'
import type { World } from './world.ts'

/** Checks that delegates exist and are delegates. */
export function checkDelegates(world: World, located: Located<VirtualServiceSpec>): void {
  const own = located.resource.metadata.namespace
  for (const [index, route] of (located.resource.spec.http ?? []).entries()) {
    const delegate = route?.delegate
    if (delegate?.name === undefined) continue
    const namespace = delegate.namespace ?? own
    const found = world.virtualServices.find(
      ({ resource: { metadata } }) =>
        metadata.name === delegate.name && metadata.namespace === namespace,
    )
    if (found === undefined) {
      unknownDelegate(world, located, { index, name: delegate.name, namespace })
    } else if ((found.resource.spec.hosts ?? []).length > 0) {
      world.catalog.report(located, ['http', index, 'delegate'], {
        code: 'ERR_CONFIG_CONFLICT',
        message: `VirtualService ${namespace}/${delegate.name} has hosts of its own and can be no delegate`,
        expected: 'a VirtualService without hosts',
      })
    }
  }
}

/** Warns of a host that is no service, when one of nearly that name is. */
export function checkHosts(
  { services, catalog }: World,
  located: Located<VirtualServiceSpec>,
): void {
  const { hosts = [], gateways = ['mesh'] } = located.resource.spec
  if (!gateways.includes('mesh')) return
  const { namespace } = located.resource.metadata
  for (const [index, host] of hosts.entries()) {
    if (host === undefined || services.under(services.fullName(host, namespace)).length > 0)
      continue
    if (services.mayExist(host)) continue
    const suggestion = services.suggestion(host, namespace)
    if (suggestion === undefined) continue
    catalog.report(located, ['hosts', index], {
      code: 'WARN_CONFIG_REFERENCE',
      severity: 'warning',
      message: `no service has the host ${host}${hint(suggestion)}`,
      expected: suggestion,
      got: host,
      suggestion,
    })
  }
}

/** Warns of hosts that several virtual services route on the same gateway. */
export function checkHostConflicts(world: World, mesh: MeshConfig): void {
  const taken = new Map<string, Located<VirtualServiceSpec>[]>()
  for (const located of world.virtualServices) {
    for (const claim of claimsOf(world, located)) {
      const others = taken.get(claim.key) ?? []
      const other = others.find((each) => meet(each, located, mesh))
      if (other !== undefined) conflict(world, located, { ...claim, other })
      taken.set(claim.key, [...others, located])
    }
  }
}

interface Claim {
  readonly key: string
  readonly index: number
  readonly host: string
  readonly where: string
}

/** Every host on every gateway that a virtual service routes. */
function claimsOf({ services }: World, { resource }: Located<VirtualServiceSpec>): Claim[] {
  const { namespace } = resource.metadata
  const { hosts = [], gateways = [] } = resource.spec
  const named = gateways.filter((gateway) => gateway !== undefined)
  const places = (named.length === 0 ? ['mesh'] : named).map((gateway) =>
    gateway === 'mesh' ? 'mesh' : gatewayKey(gateway, namespace),
  )
  return places.flatMap((where) =>
    hosts.flatMap((host, index) =>
      host === undefined
        ? []
        : [{ key: `${where}|${services.fullName(host, namespace)}`, index, host, where }],
    ),
  )
}

/** Whether some proxy sees both. */
function meet(
  a: Located<VirtualServiceSpec>,
  b: Located<VirtualServiceSpec>,
  mesh: MeshConfig,
): boolean {
  if (a === b) return false
  if (a.resource.metadata.namespace === b.resource.metadata.namespace) return true
  const standard = mesh.defaultVirtualServiceExportTo ?? ['*']
  return [a, b].every(({ resource }) => (resource.spec.exportTo ?? standard).includes('*'))
}

function conflict(
  { catalog }: World,
  located: Located<VirtualServiceSpec>,
  facts: Claim & { readonly other: Located<unknown> },
): void {
  const { metadata, source } = facts.other.resource
  const outcome =
    facts.where === 'mesh'
      ? 'only the one that comes first applies: one kept in the namespace, then the oldest'
      : 'their routes are merged'
  catalog.report(located, ['hosts', facts.index], {
    code: 'WARN_CONFIG_CONFLICT',
    severity: 'warning',
    message: `${facts.host} on gateway ${facts.where} is routed by VirtualService ${metadata.namespace}/${metadata.name} (${source.file}:${source.line}) too: ${outcome}`,
    got: facts.host,
  })
}

function unknownDelegate(
  { catalog, virtualServices }: World,
  located: Located<unknown>,
  facts: { index: number; name: string; namespace: string },
): void {
  const { index, name, namespace } = facts
  if (catalog.mayDeclare(name, ['VirtualService'])) return
  const names = virtualServices
    .filter(({ resource }) => resource.metadata.namespace === namespace)
    .map(({ resource }) => resource.metadata.name)
  const suggestion = nearMiss(name, names)
  catalog.report(located, ['http', index, 'delegate', 'name'], {
    code: 'ERR_CONFIG_REFERENCE',
    message: `there is no VirtualService ${namespace}/${name} to delegate to${hint(suggestion)}`,
    expected: suggestion ?? 'a VirtualService without hosts',
    got: name,
    ...(suggestion !== undefined && { suggestion }),
  })
}
