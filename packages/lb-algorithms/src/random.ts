import type { Balancer } from './balancer.ts'
import type { Host, HostSet } from './host-set.ts'
import { PriorityBalancer } from './priority-balancer.ts'
import { sampleIndex } from './sample.ts'

/** Any host, each as likely as the other; weights of hosts are not looked at, as in Envoy. */
export function random<H extends Host>(hosts: HostSet<H>): Balancer<H> {
  return new PriorityBalancer(hosts, (list) => ({
    pick: (context) => list.hostAt(sampleIndex(list.length, context.random)),
  }))
}
