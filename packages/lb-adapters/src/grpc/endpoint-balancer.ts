import { type ChannelOptions, connectivityState, experimental } from '@grpc/grpc-js'
import type { Cluster } from '../cluster/cluster.ts'
import type { ClusterOptions, HostOptions } from '../cluster/cluster-options.ts'
import { addressOf } from './endpoint-address.ts'
import { EndpointPicker } from './endpoint-picker.ts'
import type { PolicyConfig } from './policy-config.ts'

/** What makes one policy differ from another. */
export interface PolicyKind {
  readonly name: string
  /** Of a config that is one of this policy. */
  configOf(config: unknown): PolicyConfig | undefined
  clusterOf(config: PolicyConfig, hosts: ClusterOptions['hosts']): Cluster
}

/** Keeps a connection to each endpoint of a channel, and has a cluster choose among those that are ready. */
export class EndpointBalancer implements experimental.LoadBalancer {
  readonly #kind: PolicyKind
  readonly #helper: experimental.ChannelControlHelper
  readonly #ofChildren: experimental.ChannelControlHelper
  readonly #children = new Map<string, Child>()
  #cluster: Cluster | undefined
  #config: PolicyConfig | undefined
  #state: connectivityState = connectivityState.IDLE
  #lastError: string | null = null
  /** Children report while they are made; what comes of it is told once, at the end. */
  #isUpdating = false

  constructor(helper: experimental.ChannelControlHelper, kind: PolicyKind) {
    this.#kind = kind
    this.#helper = helper
    this.#ofChildren = experimental.createChildChannelControlHelper(helper, {
      updateState: (state, _picker, error) => this.#onChild(state, error),
    })
  }

  updateAddressList(
    endpoints: experimental.StatusOr<experimental.Endpoint[]>,
    config: experimental.TypedLoadBalancingConfig,
    options: ChannelOptions,
    note: string,
  ): boolean {
    const policy = this.#kind.configOf(config)
    if (policy === undefined) return false
    if (!endpoints.ok) {
      // Those that are known are still there, for all we know.
      if (this.#children.size === 0) this.#fail(endpoints.error.details)
      return true
    }
    try {
      this.#isUpdating = true
      this.#place(new Map(endpoints.value.map((it) => [addressOf(it), it])), { options, note })
      this.#adopt(policy)
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error))
      return false
    } finally {
      this.#isUpdating = false
    }
    if (this.#children.size === 0) {
      this.#fail(`no addresses resolved; ${note}`)
      return false
    }
    this.#tell()
    return true
  }

  /** It is never idle: its children connect by themselves. */
  exitIdle(): void {
    for (const { leaf } of this.#children.values()) leaf.exitIdle()
  }

  /** Children have back-offs of their own. */
  resetBackoff(): void {}

  destroy(): void {
    for (const { leaf } of this.#children.values()) leaf.destroy()
    this.#children.clear()
  }

  getTypeName(): string {
    return this.#kind.name
  }

  #place(
    endpoints: ReadonlyMap<string, experimental.Endpoint>,
    { options, note }: Surroundings,
  ): void {
    for (const [address, child] of this.#children) {
      if (endpoints.has(address)) continue
      this.#children.delete(address)
      child.leaf.destroy()
    }
    for (const [address, endpoint] of endpoints) {
      const known = this.#children.get(address)
      if (known !== undefined) {
        known.leaf.updateEndpoint(endpoint, options)
        known.endpoint = endpoint
        continue
      }
      const leaf = new experimental.LeafLoadBalancer(endpoint, this.#ofChildren, options, note)
      this.#children.set(address, { leaf, endpoint })
      leaf.startConnecting()
    }
  }

  /** A cluster goes over to other hosts, but not to another config. */
  #adopt(config: PolicyConfig): void {
    const isSame = this.#config?.text === config.text
    this.#config = config
    const hosts = this.#hosts()
    if (isSame && this.#cluster !== undefined) this.#cluster.update(hosts)
    else this.#cluster = this.#kind.clusterOf(config, hosts)
  }

  #hosts(): HostOptions[] {
    return [...this.#children].map(([address, { leaf, endpoint }]) => ({
      address,
      weight: this.#config?.weights?.[address] ?? weightIn(endpoint),
      isUsable: leaf.getConnectivityState() === connectivityState.READY,
    }))
  }

  #onChild(state: connectivityState, error: string | null): void {
    if (error !== null) this.#lastError = error
    const { READY } = connectivityState
    // A connection was lost: perhaps the endpoint is gone for good.
    if (this.#state === READY && state !== READY) this.#helper.requestReresolution()
    if (this.#isUpdating) return
    this.#cluster?.update(this.#hosts())
    this.#tell()
  }

  #tell(): void {
    const { READY, CONNECTING, TRANSIENT_FAILURE, IDLE } = connectivityState
    const states = new Set(
      [...this.#children.values()].map(({ leaf }) => leaf.getConnectivityState()),
    )
    if (states.has(READY)) this.#update(READY, this.#picker())
    else if (states.has(CONNECTING)) this.#update(CONNECTING, new experimental.QueuePicker(this))
    else if (states.has(TRANSIENT_FAILURE)) this.#fail(`no connection: ${this.#lastError}`)
    else this.#update(IDLE, new experimental.QueuePicker(this))
    for (const { leaf } of [...this.#children.values()]) {
      if (leaf.getConnectivityState() === IDLE) leaf.exitIdle()
    }
  }

  #picker(): experimental.Picker {
    const pickerOf = (address: string) => this.#children.get(address)?.leaf.getPicker()
    return this.#cluster === undefined
      ? new experimental.QueuePicker(this)
      : new EndpointPicker(this.#cluster, pickerOf)
  }

  #fail(details: string): void {
    const text = `${this.#kind.name}: ${details}`
    const picker = new experimental.UnavailablePicker({ details: text })
    this.#update(connectivityState.TRANSIENT_FAILURE, picker, text)
  }

  #update(
    state: connectivityState,
    picker: experimental.Picker,
    error: string | null = null,
  ): void {
    this.#state = state
    this.#helper.updateState(state, picker, error)
  }
}

interface Child {
  readonly leaf: experimental.LeafLoadBalancer
  endpoint: experimental.Endpoint
}

interface Surroundings {
  readonly options: ChannelOptions
  readonly note: string
}

/** Resolvers may say more of an endpoint than its addresses; those of grpc-js-xds do. */
function weightIn(endpoint: experimental.Endpoint & { readonly endpointWeight?: unknown }): number {
  const { endpointWeight } = endpoint
  return typeof endpointWeight === 'number' ? endpointWeight : 1
}
