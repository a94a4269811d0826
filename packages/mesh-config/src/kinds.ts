import { type Field, type Message, message, required, struct, text } from './field.ts'
import { nearMiss } from './near-miss.ts'
import { destinationRuleSpec } from './table/destination-rule.ts'
import { gatewaySpec } from './table/gateway.ts'
import { endpointSliceBody, endpointsBody, kubernetesServiceSpec } from './table/kubernetes.ts'
import { meshConfig } from './table/mesh-config.ts'
import { type ObjectMeta, objectMeta } from './table/object-meta.ts'
import { serviceEntrySpec } from './table/service-entry.ts'
import { sidecarSpec } from './table/sidecar.ts'
import { virtualServiceSpec } from './table/virtual-service.ts'
import { workloadEntrySpec } from './table/workload-entry.ts'

/** Kinds that are read. */
export type KnownKind =
  | 'DestinationRule'
  | 'Endpoints'
  | 'EndpointSlice'
  | 'Gateway'
  | 'MeshConfig'
  | 'Namespace'
  | 'Service'
  | 'ServiceEntry'
  | 'Sidecar'
  | 'VirtualService'
  | 'WorkloadEntry'

/** What is to be done with a document of some kind. */
export type KindVerdict =
  | {
      readonly kind: 'known'
      readonly name: KnownKind
      readonly root: Field<unknown>
      readonly body: 'spec' | 'root'
    }
  | Stranger

/** A kind that is not read. */
export type Stranger =
  /** Known, refused: it protects and is not enforced. */
  | { readonly kind: 'protects' }
  /** Known, not honoured yet. */
  | { readonly kind: 'pending' }
  /** Of somebody else. */
  | { readonly kind: 'foreign'; readonly suggestion?: string }
  | { readonly kind: 'unknown-version'; readonly versions: readonly string[] }
  | { readonly kind: 'unknown'; readonly suggestion?: string }

interface KindEntry {
  readonly versions: readonly string[]
  readonly root: Field<unknown>
  readonly body: 'spec' | 'root'
}

interface Root {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
}

const rootFields = {
  apiVersion: required(text),
  kind: required(text),
  metadata: required(objectMeta),
}

function withSpec<S>(name: string, spec: Field<S>, versions: readonly string[]): KindEntry {
  const root: Message<Root & { readonly spec: S }> = message<Root & { readonly spec: S }>(
    name,
    // The type of a field of a type parameter is not computed.
    { ...rootFields, spec: required(spec) } as never,
    { ignored: { status: struct } },
  )
  return { versions, root, body: 'spec' }
}

/** Kubernetes' older kinds have their fields at the top. */
function flat(body: Message<never>, versions: readonly string[]): KindEntry {
  const { shape } = body
  const fields = { ...rootFields, ...shape.fields }
  return { versions, root: { shape: { ...shape, fields } }, body: 'root' }
}

const istioVersions = ['v1', 'v1beta1', 'v1alpha3']
const networking = 'networking.istio.io'

const known: Readonly<Record<string, Readonly<Record<string, KindEntry>>>> = {
  '': {
    Endpoints: flat(endpointsBody as Message<never>, ['v1']),
    Namespace: {
      versions: ['v1'],
      root: message('Namespace', rootFields as never, {
        ignored: { spec: struct, status: struct },
      }),
      body: 'root',
    },
    Service: withSpec('Service', kubernetesServiceSpec, ['v1']),
  },
  'discovery.k8s.io': { EndpointSlice: flat(endpointSliceBody as Message<never>, ['v1']) },
  'mesh.istio.io': { MeshConfig: withSpec('MeshConfig', meshConfig, ['v1alpha1']) },
  [networking]: {
    DestinationRule: withSpec('DestinationRule', destinationRuleSpec, istioVersions),
    Gateway: withSpec('Gateway', gatewaySpec, istioVersions),
    ServiceEntry: withSpec('ServiceEntry', serviceEntrySpec, istioVersions),
    Sidecar: withSpec('Sidecar', sidecarSpec, istioVersions),
    VirtualService: withSpec('VirtualService', virtualServiceSpec, istioVersions),
    WorkloadEntry: withSpec('WorkloadEntry', workloadEntrySpec, istioVersions),
  },
}

/** Kinds that guard something, or may: whoever wrote one relies on it. */
const protecting: Readonly<Record<string, readonly string[]>> = {
  'extensions.istio.io': ['TrafficExtension', 'WasmPlugin'],
  'gateway.networking.k8s.io': ['BackendTLSPolicy'],
  [networking]: ['EnvoyFilter'],
  'security.istio.io': ['AuthorizationPolicy', 'PeerAuthentication', 'RequestAuthentication'],
}

const unhonoured: Readonly<Record<string, readonly string[]>> = {
  [networking]: ['ProxyConfig', 'WorkloadGroup'],
  'telemetry.istio.io': ['Telemetry'],
}

/** Says what a document of this `apiVersion` and `kind` is to us. */
export function verdictOn(apiVersion: string, kind: string): KindVerdict {
  const slash = apiVersion.indexOf('/')
  const group = slash === -1 ? '' : apiVersion.slice(0, slash)
  const version = apiVersion.slice(slash + 1)
  const entry = Object.hasOwn(known, group) ? ownEntry(known[group], kind) : undefined
  if (entry !== undefined) {
    return entry.versions.includes(version)
      ? { kind: 'known', name: kind as KnownKind, root: entry.root, body: entry.body }
      : {
          kind: 'unknown-version',
          versions: entry.versions.map((v) => (group === '' ? v : `${group}/${v}`)),
        }
  }
  if (lists(protecting, group, kind)) return { kind: 'protects' }
  if (lists(unhonoured, group, kind)) return { kind: 'pending' }
  return strangerOf(group, kind)
}

function strangerOf(group: string, kind: string): KindVerdict {
  if (group === 'istio.io' || group.endsWith('.istio.io')) {
    const suggestion = nearMiss(kind, kindsOf(group))
    return { kind: 'unknown', ...(suggestion !== undefined && { suggestion }) }
  }
  // A slip in the group of a kind that is ours must not make the resource vanish.
  const meant =
    group === ''
      ? undefined
      : nearMiss(
          group,
          groups.filter((name) => name !== ''),
        )
  if (meant !== undefined && kindsOf(meant).includes(kind)) {
    return { kind: 'unknown', suggestion: `${meant}/v1` }
  }
  const suggestion = nearMiss(kind, kindsOf(group))
  return { kind: 'foreign', ...(suggestion !== undefined && { suggestion }) }
}

const groups = [...new Set([known, protecting, unhonoured].flatMap((table) => Object.keys(table)))]

function kindsOf(group: string): readonly string[] {
  if (!groups.includes(group)) return []
  return [
    ...Object.keys(known[group] ?? {}),
    ...(protecting[group] ?? []),
    ...(unhonoured[group] ?? []),
  ]
}

function ownEntry(
  table: Readonly<Record<string, KindEntry>> | undefined,
  kind: string,
): KindEntry | undefined {
  return table !== undefined && Object.hasOwn(table, kind) ? table[kind] : undefined
}

function lists(
  table: Readonly<Record<string, readonly string[]>>,
  group: string,
  kind: string,
): boolean {
  return Object.hasOwn(table, group) && table[group]?.includes(kind) === true
}
