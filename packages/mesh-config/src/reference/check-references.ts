import type { Catalog, Located } from '../catalog.ts'
import { serviceNameLabel } from '../service/kubernetes-service.ts'
import type { MeshService } from '../snapshot.ts'
import type { DestinationRuleSpec } from '../spec/destination-rule.ts'
import type { GatewaySpec } from '../spec/gateway.ts'
import type { MeshConfig } from '../spec/mesh-config.ts'
import type { ServiceEntrySpec } from '../spec/service-entry.ts'
import type { SidecarSpec } from '../spec/sidecar.ts'
import type { VirtualServiceSpec } from '../spec/virtual-service.ts'
import { checkDestinationRule, checkRuleConflicts } from './destination-rules.ts'
import { checkDestinations } from './destinations.ts'
import { checkGatewayConflicts, checkGatewayProtocols, checkGateways } from './gateways.ts'
import { ServiceIndex } from './service-index.ts'
import { checkEgressHosts, checkSidecarConflicts } from './sidecars.ts'
import { SubsetIndex } from './subset-index.ts'
import { checkDelegates, checkHostConflicts, checkHosts } from './virtual-services.ts'
import type { World } from './world.ts'

/** Reports every reference that leads nowhere, and resources that contradict each other. */
export function checkReferences(
  catalog: Catalog,
  facts: { services: readonly MeshService[]; mesh: MeshConfig; domain: string },
): void {
  const services = new ServiceIndex(catalog, facts.services, facts.domain)
  const destinationRules = catalog.of<DestinationRuleSpec>('DestinationRule')
  const world: World = {
    catalog,
    services,
    subsets: new SubsetIndex(destinationRules, services),
    destinationRules,
    virtualServices: catalog.of<VirtualServiceSpec>('VirtualService'),
    gateways: catalog.of<GatewaySpec>('Gateway'),
  }
  for (const located of world.virtualServices) {
    checkDestinations(world, located)
    checkGateways(world, located)
    checkDelegates(world, located)
    checkHosts(world, located)
  }
  for (const located of world.destinationRules) checkDestinationRule(world, located)
  checkHostConflicts(world, facts.mesh)
  checkRuleConflicts(world)
  checkGatewayConflicts(world)
  checkGatewayProtocols(world)
  const sidecars = catalog.of<SidecarSpec>('Sidecar')
  checkSidecarConflicts(catalog, sidecars)
  for (const located of sidecars) checkEgressHosts(world, located)
  for (const kind of ['VirtualService', 'DestinationRule', 'ServiceEntry'] as const) {
    for (const located of catalog.of<{ exportTo?: readonly string[] }>(kind))
      checkExportTo(catalog, located)
  }
  checkSlices(catalog)
  checkOneMesh(catalog)
}

/** `*` and `~` say all there is to say. */
function checkExportTo(
  catalog: Catalog,
  located: Located<Pick<ServiceEntrySpec, 'exportTo'>>,
): void {
  const { exportTo = [] } = located.resource.spec
  const alone = exportTo.findIndex((name) => name === '*' || name === '~')
  if (alone === -1 || exportTo.length === 1) return
  catalog.report(located, ['exportTo', alone], {
    code: 'ERR_CONFIG_CONFLICT',
    message: `exportTo ${exportTo[alone]} stands alone`,
    expected: `only ${exportTo[alone]}`,
    got: exportTo.join(', '),
  })
}

/** A slice that belongs to no service feeds nobody. */
function checkSlices(catalog: Catalog): void {
  const names = new Set(
    catalog
      .of('Service')
      .map(({ resource: { metadata } }) => `${metadata.namespace}/${metadata.name}`),
  )
  for (const located of catalog.of('EndpointSlice')) {
    const { labels, namespace } = located.resource.metadata
    const name = labels[serviceNameLabel]
    if (name !== undefined && names.has(`${namespace}/${name}`)) continue
    if (name !== undefined && catalog.mayDeclare(name, ['Service'])) continue
    catalog.report(located, ['metadata', 'labels'], {
      code: 'WARN_CONFIG_REFERENCE',
      severity: 'warning',
      message:
        name === undefined
          ? `the slice names no service: it has no label ${serviceNameLabel}`
          : `there is no Service ${namespace}/${name} for the slice`,
    })
  }
}

function checkOneMesh(catalog: Catalog): void {
  const [first, ...others] = catalog.of<MeshConfig>('MeshConfig')
  for (const other of others) {
    const { file, line } = first?.resource.source ?? other.resource.source
    catalog.report(other, [], {
      code: 'ERR_CONFIG_DUPLICATE',
      message: `there is a mesh configuration already, at ${file}:${line}`,
    })
  }
}
