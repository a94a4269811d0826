import type { NodeJson } from '@meshwright/xds-types/envoy/config/core/v3'

/** This package's version, as the control plane sees it. A test holds it to package.json. */
export const userAgentVersion = '0.1.0'

// What a control plane may rely on: SotW resources may come wrapped in a `Resource`.
const clientFeatures: readonly string[] = ['xds.config.resource-in-sotw']

/** Completes a node with what the client knows of itself. What the bootstrap says of the user agent is overwritten. */
export function completeNode(node: NodeJson): NodeJson {
  return {
    ...node,
    userAgentName: 'meshwright',
    userAgentVersion,
    clientFeatures: [...new Set([...(node.clientFeatures ?? []), ...clientFeatures])],
  }
}
