import type { HostSet } from '@meshwright/lb-algorithms'
import type { LearningBalancer } from './balancer.ts'
import type { UpstreamHost } from './cluster.ts'

/**
 * Lets the choices of a balancer be known ahead of the requests, which get them in that order. A request that goes by priorities of
 * its own, or has tried the host, is chosen one afresh. With other hosts, or hosts in other health, what was foreseen is void.
 */
export function withForesight(
  balancer: LearningBalancer,
  hosts: HostSet<UpstreamHost>,
): LearningBalancer {
  const coming: UpstreamHost[] = []
  let most = healthyHosts(hosts)
  return {
    pick(context) {
      const host = context.priorityLoad === undefined ? coming.shift() : undefined
      return host === undefined || context.tried?.has(host) ? balancer.pick(context) : host
    },
    foresee(context) {
      // As Envoy: as many as there are healthy hosts.
      if (coming.length >= most) return undefined
      const host = balancer.pick(context)
      if (host !== undefined) coming.push(host)
      return host
    },
    update(set) {
      coming.length = 0
      most = healthyHosts(set)
      balancer.update(set)
    },
    ...(balancer.report && { report: balancer.report }),
  }
}

function healthyHosts({ priorities }: HostSet<UpstreamHost>): number {
  return priorities.reduce((sum, { healthy }) => sum + healthy.length, 0)
}
