import { messageTypeFor } from '@meshwright/xds-types'
import type { AdminSource, DynamicResource } from './admin-page.ts'
import { redact } from './redact.ts'

/** `/config_dump` in Envoy's shape: snake_case, secrets redacted. Endpoints only if asked for. */
export function configDump(source: AdminSource, includeEndpoints: boolean): object {
  const { view } = source.proxy
  const known = new Map(
    (source.dynamicResources?.() ?? []).map((it) => [`${it.typeUrl} ${it.name}`, it]),
  )
  const dump = (kind: Kind, resources: ReadonlyMap<string, object>): object =>
    section(kind, resources, (name) => known.get(`${kind.typeUrl} ${name}`))
  return {
    configs: [
      ...(source.bootstrap === undefined ? [] : [bootstrapSection(source.bootstrap)]),
      dump(kinds.clusters, view.clusters),
      dump(kinds.listeners, view.listeners),
      dump(kinds.routes, view.routes),
      ...(includeEndpoints ? [dump(kinds.endpoints, view.endpoints)] : []),
    ],
  }
}

interface Kind {
  readonly typeUrl: string
  readonly section: string
  readonly dynamicList: string
  readonly staticList: string
  /** Where the resource stands in its entry. */
  readonly field: string
}

const api = 'type.googleapis.com/envoy'
const kinds = {
  clusters: {
    typeUrl: `${api}.config.cluster.v3.Cluster`,
    section: 'ClustersConfigDump',
    dynamicList: 'dynamic_active_clusters',
    staticList: 'static_clusters',
    field: 'cluster',
  },
  listeners: {
    typeUrl: `${api}.config.listener.v3.Listener`,
    section: 'ListenersConfigDump',
    dynamicList: 'dynamic_listeners',
    staticList: 'static_listeners',
    field: 'listener',
  },
  routes: {
    typeUrl: `${api}.config.route.v3.RouteConfiguration`,
    section: 'RoutesConfigDump',
    dynamicList: 'dynamic_route_configs',
    staticList: 'static_route_configs',
    field: 'route_config',
  },
  endpoints: {
    typeUrl: `${api}.config.endpoint.v3.ClusterLoadAssignment`,
    section: 'EndpointsConfigDump',
    dynamicList: 'dynamic_endpoint_configs',
    staticList: 'static_endpoint_configs',
    field: 'endpoint_config',
  },
} as const

function section(
  kind: Kind,
  resources: ReadonlyMap<string, object>,
  knownAs: (name: string) => DynamicResource | undefined,
): object {
  const dynamic: object[] = []
  const fixed: object[] = []
  for (const [name, resource] of [...resources].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const known = knownAs(name)
    const body = { [kind.field]: { '@type': kind.typeUrl, ...protoJson(kind.typeUrl, resource) } }
    if (known === undefined) fixed.push(body)
    else dynamic.push(dynamicEntry(kind, name, body, known))
  }
  return {
    '@type': `${api}.admin.v3.${kind.section}`,
    ...(fixed.length > 0 && { [kind.staticList]: fixed }),
    ...(dynamic.length > 0 && { [kind.dynamicList]: dynamic }),
  }
}

function dynamicEntry(kind: Kind, name: string, body: object, known: DynamicResource): object {
  const entry = {
    version_info: known.version,
    ...body,
    last_updated: new Date(known.lastUpdated).toISOString(),
  }
  return kind.field === 'listener' ? { name, active_state: entry } : entry
}

function bootstrapSection(bootstrap: object): object {
  const typeUrl = `${api}.config.bootstrap.v3.Bootstrap`
  return {
    '@type': `${api}.admin.v3.BootstrapConfigDump`,
    bootstrap: protoJson(typeUrl, bootstrap),
  }
}

function protoJson(typeUrl: string, resource: object): object {
  const type = messageTypeFor(typeUrl)
  // Redacting keeps the shape: only text within data sources changes.
  const clean = redact(resource) as Readonly<Record<string, unknown>>
  if (type === undefined) return clean
  const message = type.fromJson(clean, { unknownTypes: 'keep' })
  // JSON of a message is an object; of the types shown here none has a form of its own.
  return type.toJson(message, { fieldNames: 'proto', unknownTypes: 'keep' }) as object
}
