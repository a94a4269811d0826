import { CompileError } from './errors.ts'

/** Where a proxy runs; a part that is unknown is empty. */
export interface Locality {
  readonly region: string
  readonly zone: string
  readonly subZone: string
}

/** How traffic reaches a sidecar: captured in one of two ways, or not at all. */
export type InterceptionMode = 'NONE' | 'REDIRECT' | 'TPROXY'

/** The client of the control plane for which resources are compiled. */
export interface MeshProxy {
  /** A `sidecar` serves one workload, a `router` is a gateway. */
  readonly kind: 'sidecar' | 'router'
  /** Addresses of the workload, at least one. */
  readonly ipAddresses: readonly string[]
  /** The third part of the node's identifier: `reviews-v1.default`. */
  readonly id: string
  readonly namespace: string
  /** The DNS domain that the workload lives in: `default.svc.cluster.local`. */
  readonly domain: string
  /** Labels of the workload, what selectors and source labels match. */
  readonly labels: Readonly<Record<string, string>>
  /** The metadata of the node, as it came. */
  readonly metadata: Readonly<Record<string, unknown>>
  /** Which dialect of xDS it understands. */
  readonly client: 'envoy' | 'meshwright' | 'grpc'
  /**
   * How traffic reaches it. `NONE`: listeners bind to their own addresses. Default: the mesh's
   * `defaultConfig.interceptionMode`, or else `REDIRECT`.
   */
  readonly interceptionMode?: InterceptionMode
  /** Where the node says it is; all parts empty when it does not. */
  readonly locality: Locality
}

/** What is read of a node's proto3 JSON (`envoy.config.core.v3.Node`). */
export interface NodeJson {
  readonly id?: string
  readonly metadata?: unknown
  readonly locality?: {
    readonly region?: string
    readonly zone?: string
    readonly subZone?: string
  }
  readonly userAgentName?: string
}

/**
 * Reads who a proxy is from the node it presents, as Istio's agents write it.
 *
 * The identifier is `sidecar~IP~ID~DOMAIN` or `router~…`. Of the metadata, `LABELS`, `NAMESPACE`,
 * `INSTANCE_IPS`, `INTERCEPTION_MODE` and `GENERATOR` count. The client is
 * `grpc` if `GENERATOR` says so, `meshwright` if the user agent (or the generator) is called so,
 * otherwise `envoy`.
 *
 * @throws {CompileError} if the identifier or a value of the metadata is not of that form.
 */
export function proxyFromNode(node: NodeJson): MeshProxy {
  const [kind, address, id, domain, ...rest] = (node.id ?? '').split('~')
  const isKind = kind === 'sidecar' || kind === 'router'
  if (!isKind || !address || !id || domain === undefined || rest.length > 0) {
    throw new CompileError(
      'ERR_COMPILER_NODE_ID',
      'a node id of the form sidecar~IP~ID~DOMAIN or router~IP~ID~DOMAIN',
      node.id,
    )
  }
  const metadata = metadataOf(node)
  const { region = '', zone = '', subZone = '' } = node.locality ?? {}
  return {
    kind,
    ipAddresses: addressesOf(metadata, address),
    id,
    namespace: textOf(metadata, 'NAMESPACE') || namespaceOf(id, domain),
    domain,
    labels: labelsOf(metadata),
    metadata,
    client: clientOf(metadata, node.userAgentName),
    ...interceptionModeOf(metadata),
    locality: { region, zone, subZone },
  }
}

function metadataOf(node: NodeJson): Readonly<Record<string, unknown>> {
  const metadata = node.metadata ?? {}
  if (!isRecord(metadata)) {
    throw new CompileError('ERR_COMPILER_NODE_METADATA', 'metadata that is an object', metadata)
  }
  return metadata
}

function addressesOf(metadata: Readonly<Record<string, unknown>>, first: string): string[] {
  const others = textOf(metadata, 'INSTANCE_IPS')
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '')
  return [...new Set([first, ...others])]
}

function namespaceOf(id: string, domain: string): string {
  const [namespace, kind] = domain.split('.')
  if (namespace && kind === 'svc') return namespace
  const dot = id.lastIndexOf('.')
  return dot === -1 ? 'default' : id.slice(dot + 1)
}

function labelsOf(metadata: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const labels = metadata['LABELS'] ?? {}
  if (!isRecord(labels)) {
    throw new CompileError('ERR_COMPILER_NODE_METADATA', 'LABELS that are an object', labels)
  }
  const texts: Record<string, string> = {}
  for (const [key, value] of Object.entries(labels)) {
    if (typeof value !== 'string') {
      throw new CompileError('ERR_COMPILER_NODE_METADATA', `LABELS.${key} that is a text`, value)
    }
    texts[key] = value
  }
  return texts
}

function clientOf(
  metadata: Readonly<Record<string, unknown>>,
  userAgentName: string | undefined,
): MeshProxy['client'] {
  const generator = textOf(metadata, 'GENERATOR')
  if (generator === 'grpc') return 'grpc'
  return generator === 'meshwright' || userAgentName === 'meshwright' ? 'meshwright' : 'envoy'
}

function interceptionModeOf(
  metadata: Readonly<Record<string, unknown>>,
): Pick<MeshProxy, 'interceptionMode'> {
  const mode = textOf(metadata, 'INTERCEPTION_MODE')
  if (mode === '') return {}
  if (mode === 'NONE' || mode === 'REDIRECT' || mode === 'TPROXY') return { interceptionMode: mode }
  throw new CompileError(
    'ERR_COMPILER_NODE_METADATA',
    'INTERCEPTION_MODE to be NONE, REDIRECT or TPROXY',
    mode,
  )
}

function textOf(metadata: Readonly<Record<string, unknown>>, key: string): string {
  const value = metadata[key] ?? ''
  if (typeof value === 'string') return value
  throw new CompileError('ERR_COMPILER_NODE_METADATA', `${key} that is a text`, value)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
