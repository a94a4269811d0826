import type { ClusterLoadAssignmentJson } from '@meshwright/xds-types/envoy/config/endpoint/v3'

/**
 * An assignment of the shape that endpoint discovery sends, with `count` endpoints in four zones. Its
 * texts are flat, as those of parsed JSON are; what was just concatenated is slower for everybody.
 */
export function sampleEndpoints(count: number): ClusterLoadAssignmentJson {
  const perZone = count / 4
  const zones = Array.from({ length: 4 }, (_, zone) => ({
    locality: { region: 'eu', zone: `eu-${zone}` },
    loadBalancingWeight: 100,
    lbEndpoints: Array.from({ length: perZone }, (_, i) => ({
      endpoint: {
        address: { socketAddress: { address: `10.${zone}.${i >> 8}.${i & 255}`, portValue: 8080 } },
        hostname: `web-${zone}-${i}`,
      },
      healthStatus: 'HEALTHY' as const,
      loadBalancingWeight: 1 + (i % 5),
    })),
  }))
  const assignment = { clusterName: 'outbound|80||web.default.svc.cluster.local', endpoints: zones }
  return JSON.parse(JSON.stringify(assignment))
}
