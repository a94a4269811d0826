import type { Bootstrap, XdsStatus } from '@meshwright/xds-client'
import type { ProxyView } from '../view.ts'

const typeUrls = {
  clusters: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  listeners: 'type.googleapis.com/envoy.config.listener.v3.Listener',
} as const

/**
 * Whether a view has all that there is: the control plane has answered for every kind of resource that it is asked for, and
 * no cluster or listener of it is missing because it waits for something. O(resources).
 */
export function isWholeView(view: ProxyView, status: XdsStatus, bootstrap: Bootstrap): boolean {
  const has = (kind: keyof typeof typeUrls): boolean => {
    const typeUrl = typeUrls[kind]
    const known = status.resources.filter(
      (it) => it.typeUrl === typeUrl && it.state !== 'requested',
    )
    const type = status.types.find((it) => it.typeUrl === typeUrl)
    const answered = known.length > 0 || Boolean(type?.version) || type?.error !== undefined
    return answered && known.every(({ name }) => view[kind].has(name))
  }
  const { cds, lds } = bootstrap
  return (cds === undefined || has('clusters')) && (lds === undefined || has('listeners'))
}
