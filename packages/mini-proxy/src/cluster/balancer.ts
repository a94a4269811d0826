import {
  type Balancer,
  type HostSet,
  type LoadReport,
  leastRequest,
  loadReportRoundRobin,
  maglev,
  overrideHost,
  random,
  ringHash,
  roundRobin,
  subset,
} from '@meshwright/lb-algorithms'
import type { Random } from '../ambient.ts'
import type { BalancingPlan } from './balancing-plan.ts'
import type { PickContext, UpstreamHost } from './cluster.ts'
import { withForesight } from './foresight.ts'
import type { BalancingPolicy } from './policy-plan.ts'

/** A balancer that may learn from what hosts say of their load. */
export interface LearningBalancer extends Pick<Balancer<UpstreamHost>, 'update'> {
  pick(context: LearningContext): UpstreamHost | undefined
  /** Undefined: it does not. */
  readonly report?: (host: UpstreamHost, report: LoadReport, now: number) => void
  /** The choice that comes after those already foreseen, which picks take in their order; undefined: enough are known, or none can be. */
  readonly foresee?: (context: LearningContext) => UpstreamHost | undefined
}

type LearningContext = PickContext & { readonly now?: number }

/**
 * The balancer of a plan. A host that the request asks for comes before the choice of the policy, and is not foreseen.
 *
 * @throws {HostSetError} if an option makes no sense
 */
export function createBalancer(
  { policy, overridable, preconnect }: Pick<BalancingPlan, 'policy' | 'overridable' | 'preconnect'>,
  hosts: HostSet<UpstreamHost>,
  draw: Random,
): LearningBalancer {
  const own = byPolicy(policy, hosts, draw)
  const chosen = preconnect.predictive > 1 ? withForesight(own, hosts) : own
  const named = overrideHost(hosts, { fallback: nobody, usable: overridable })
  return {
    pick(context) {
      if (context.overrideHosts === undefined) return chosen.pick(context)
      const host = named.pick(context)
      return host === undefined && !context.overrideStrictly ? chosen.pick(context) : host
    },
    update(set) {
      named.update(set)
      chosen.update(set)
    },
    ...(chosen.report && { report: chosen.report }),
    ...(chosen.foresee && { foresee: chosen.foresee }),
  }
}

const nobody: Balancer<UpstreamHost> = { pick: () => undefined, update: () => undefined }

function byPolicy(
  policy: BalancingPolicy,
  hosts: HostSet<UpstreamHost>,
  draw: Random,
): LearningBalancer {
  switch (policy.kind) {
    case 'round-robin':
      return roundRobin(hosts, { ...policy.options, seed: drawSeed(draw) })
    case 'random':
      return random(hosts)
    case 'least-request':
      return leastRequest(hosts, policy.options)
    case 'load-report':
      return learning(loadReportRoundRobin(hosts, { ...policy.options, seed: drawSeed(draw) }))
    case 'ring-hash':
      return ringHash(hosts, policy.options)
    case 'maglev':
      return maglev(hosts, policy.options)
    case 'subset':
      return subset(hosts, {
        ...policy.options,
        create: (some) => byPolicy(policy.within, some, draw),
      })
    case 'override-host':
      return byPolicy(policy.fallback, hosts, draw)
    default:
      return assertNever(policy)
  }
}

function learning(
  balancer: ReturnType<typeof loadReportRoundRobin<UpstreamHost>>,
): LearningBalancer {
  return {
    pick: (context) => balancer.pick(context),
    update: (hosts) => balancer.update(hosts),
    report: (host, report, now) => balancer.report(host, report, now),
  }
}

/** Proxies that start together should not all begin with the same host. */
function drawSeed(draw: Random): number {
  return Math.floor(draw() * maxSeed)
}

const maxSeed = 65_536

function assertNever(policy: never): never {
  throw new TypeError(`unknown policy ${JSON.stringify(policy)}`)
}
