import { experimental } from '@grpc/grpc-js'
import {
  type Balancer,
  type HostSet,
  leastRequest,
  maglev,
  random,
  ringHash,
  roundRobin,
} from '@meshwright/lb-algorithms'
import { Cluster } from '../cluster/cluster.ts'
import type { ClusterHost, ClusterOptions } from '../cluster/cluster-options.ts'
import { EndpointBalancer } from './endpoint-balancer.ts'
import { type PolicyConfig, readPolicyConfig } from './policy-config.ts'

/** Makes a balancer of hosts, and of the options in the service config that are not in `PolicyJson`. */
export type GrpcPolicy = (
  hosts: HostSet<ClusterHost>,
  options: Readonly<Record<string, unknown>>,
) => Balancer<ClusterHost>

/** Where policies take time and chance from. */
export type PolicySurroundings = Pick<ClusterOptions, 'now' | 'random'>

/**
 * Registers `meshwright_least_request`, `meshwright_maglev`, `meshwright_random`, `meshwright_ring_hash` and
 * `meshwright_round_robin` with grpc-js, for all channels of this process. Again: the same.
 */
export function registerPolicies(surroundings: PolicySurroundings = {}): void {
  for (const [name, policy] of Object.entries(policies)) {
    registerPolicy(`meshwright_${name}`, policy, surroundings)
  }
}

/** Registers a policy of your own under a name for `loadBalancingConfig`. */
export function registerPolicy(
  name: string,
  policy: GrpcPolicy,
  surroundings: PolicySurroundings = {},
): void {
  const clusterOf = (config: PolicyConfig, hosts: ClusterOptions['hosts']): Cluster =>
    new Cluster({ ...surroundings, ...clusterOptions(config, policy), hosts })

  class Config implements experimental.TypedLoadBalancingConfig {
    readonly policy: PolicyConfig
    readonly #json: object

    constructor(json: object = {}) {
      this.policy = readPolicyConfig(json)
      // What makes no sense makes grpc-js try the next config of the list.
      clusterOf(this.policy, [])
      this.#json = json
    }

    static createFromJson(json: object): Config {
      return new Config(json)
    }

    getLoadBalancerName(): string {
      return name
    }

    toJsonObject(): object {
      return { [name]: this.#json }
    }
  }

  class NamedBalancer extends EndpointBalancer {
    constructor(helper: experimental.ChannelControlHelper) {
      const configOf = (config: unknown): PolicyConfig | undefined =>
        config instanceof Config ? config.policy : undefined
      super(helper, { name, configOf, clusterOf })
    }
  }

  experimental.registerLoadBalancerType(name, NamedBalancer, Config)
}

const policies: Readonly<Record<string, GrpcPolicy>> = {
  least_request: leastRequest,
  maglev,
  random,
  ring_hash: ringHash,
  round_robin: roundRobin,
}

function clusterOptions(
  { hashHeader, outlierDetection, hostSet, options }: PolicyConfig,
  policy: GrpcPolicy,
): Omit<ClusterOptions, 'hosts'> {
  return {
    policy: (hosts) => policy(hosts, options),
    ...(hashHeader !== undefined && {
      choose: ({ header }) => ({ hashKey: header(hashHeader) }),
    }),
    ...(outlierDetection !== undefined && { outlierDetection }),
    ...(hostSet !== undefined && { hostSet }),
  }
}
