import { type MeshProxy, proxyFromNode } from '@meshwright/config-compiler'
import type { Snapshot } from '@meshwright/mesh-config'
import { MeshTestError } from './errors.ts'

/** Through whose eyes the mesh is seen. */
export interface ProxySelection {
  /** A `sidecar` beside a client, or a `router`, which is a gateway. Default: `sidecar`. */
  readonly kind?: 'sidecar' | 'router'
  /** Default: `default`; for a router `istio-system`. */
  readonly namespace?: string
  /** Of the workload. Default: none; for a router what the Gateways select, if all select the same. */
  readonly labels?: Readonly<Record<string, string>>
  /** Of the workload. Default: 192.0.2.1, an address that no workload has. */
  readonly ipAddress?: string
  /** The DNS domain of the cluster. Default: `cluster.local`. */
  readonly clusterDomain?: string
  /** Which dialect its client speaks. Default: `envoy`. */
  readonly client?: 'envoy' | 'meshwright'
}

const nowhere = '192.0.2.1'

/**
 * The proxy of a selection.
 *
 * @throws {MeshTestError} if a router has no labels and the Gateways do not agree on any.
 */
export function proxyOf(selection: ProxySelection, snapshot: Snapshot): MeshProxy {
  const { kind = 'sidecar', ipAddress = nowhere, clusterDomain = 'cluster.local' } = selection
  const { namespace = kind === 'router' ? 'istio-system' : 'default' } = selection
  const labels = selection.labels ?? (kind === 'router' ? gatewayLabels(snapshot) : {})
  const { client = 'envoy' } = selection
  try {
    return proxyFromNode({
      id: `${kind}~${ipAddress}~test.${namespace}~${namespace}.svc.${clusterDomain}`,
      metadata: { NAMESPACE: namespace, LABELS: labels },
      ...(client === 'meshwright' && { userAgentName: 'meshwright' }),
    })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new MeshTestError(`no such proxy can be: ${reason}`, {
      code: 'ERR_MESH_TEST_PROXY',
      cause: error,
    })
  }
}

function gatewayLabels({ gateways }: Snapshot): Readonly<Record<string, string>> {
  const merged = new Map<string, string>()
  for (const { spec } of gateways) {
    for (const [name, value] of Object.entries(spec.selector ?? {})) {
      const known = merged.get(name)
      if (known !== undefined && known !== value) {
        const choice = `${name}: ${known} or ${name}: ${value}`
        throw new MeshTestError(
          `expected proxy.labels, because the Gateways select different workloads (${choice}), got none`,
          { code: 'ERR_MESH_TEST_PROXY' },
        )
      }
      merged.set(name, value)
    }
  }
  return Object.fromEntries(merged)
}
