/** What the name of a cluster says. */
export interface ClusterTarget {
  readonly cluster: string
  /** The host that Istio's name holds; otherwise the name of the cluster. */
  readonly host: string
  /** Undefined: the whole service. */
  readonly subset: string | undefined
  readonly port: number | undefined
}

const istioForm = /^(?:outbound|inbound)(?:_\.|\|)(\d+)(?:_\.|\|)([^|]*?)(?:_\.|\|)(.*)$/

/** Reads `outbound|9080|v2|reviews.default.svc.cluster.local`, or any other name. */
export function clusterTarget(cluster: string): ClusterTarget {
  const [, port, subset, host] = istioForm.exec(cluster) ?? []
  return {
    cluster,
    host: host || cluster,
    subset: subset || undefined,
    port: port === undefined ? undefined : Number(port),
  }
}
