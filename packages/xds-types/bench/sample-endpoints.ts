/** An assignment of the shape that endpoint discovery sends, with `count` endpoints in four zones. */
export function sampleEndpoints(count: number): {
  clusterName: string
  endpoints: {
    locality: { region: string; zone: string }
    loadBalancingWeight: number
    lbEndpoints: {
      endpoint: {
        address: { socketAddress: { address: string; portValue: number } }
        hostname: string
      }
      healthStatus: 'HEALTHY'
      loadBalancingWeight: number
    }[]
  }[]
} {
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
  return { clusterName: 'outbound|80||web.default.svc.cluster.local', endpoints: zones }
}
