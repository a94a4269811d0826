import { Agent, Dispatcher, Dispatcher1Wrapper, errors } from 'undici'
import { Cluster } from '../cluster/cluster.ts'
import type { ClusterHost, ClusterOptions, HostOptions } from '../cluster/cluster-options.ts'
import { viewOf, withHost } from './dispatch-headers.ts'
import { ReportingHandler } from './reporting-handler.ts'

export interface BalancedDispatcherOptions extends ClusterOptions {
  /** Of the connections to each host: `connections`, `pipelining`, `connect`, timeouts … Default: undici's. */
  readonly agent?: Agent.Options
  /** Which name a host sees in `Host` and in TLS: that of the URL, as behind a proxy, or its own address. Default: `url`. */
  readonly hostHeader?: 'url' | 'address'
}

/**
 * Sends requests to the hosts of one service, whatever host their URL names; the scheme is that of the URL.
 * For `fetch(url, { dispatcher })`, undici's `request` and its like, and for interceptors.
 */
export class BalancedDispatcher extends Dispatcher {
  /** Hosts, picks and outcomes. */
  readonly cluster: Cluster
  readonly #options: BalancedDispatcherOptions
  readonly #agents = new Map<string, Agent>()
  /** Of hosts that were left out: they finish what is on its way. */
  readonly #leaving = new Set<Agent>()
  /** For fetch of an older undici, as Node's own. */
  readonly #forOldHandlers: Dispatcher1Wrapper
  /** Where requests failed that an interceptor makes again: it comes back with the same handler. */
  readonly #tried = new WeakMap<object, Set<ClusterHost>>()
  #ending: Promise<void> | undefined
  #isDestroyed = false

  /** @throws as {@link Cluster} */
  constructor(options: BalancedDispatcherOptions) {
    super()
    this.cluster = new Cluster(options)
    this.#options = options
    this.#forOldHandlers = new Dispatcher1Wrapper(this)
    // `compose` gives a proxy that calls methods upon itself, where there are no private fields.
    this.close = this.close.bind(this)
    this.destroy = this.destroy.bind(this)
    this.update = this.update.bind(this)
  }

  override dispatch(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    if (typeof handler.onRequestStart !== 'function') {
      return this.#forOldHandlers.dispatch(options, handler)
    }
    try {
      if (this.#isDestroyed) throw new errors.ClientDestroyedError()
      if (this.#ending !== undefined) throw new errors.ClientClosedError()
      return this.#send(options, handler)
    } catch (error) {
      refuse(handler, error)
      return false
    }
  }

  /** Other hosts from now on. Requests on their way to hosts that are left out go on to their end. */
  update(hosts: readonly (string | HostOptions)[]): void {
    this.cluster.update(hosts)
    const staying = new Set(this.cluster.hosts.map(({ address }) => address))
    for (const [address, agent] of this.#agents) {
      if (staying.has(address)) continue
      this.#agents.delete(address)
      this.#leaving.add(agent)
      agent.close(() => this.#leaving.delete(agent))
    }
  }

  override close(): Promise<void>
  override close(callback: () => void): void
  /** Takes no more requests, waits for those on their way, and closes the connections. */
  override close(callback?: () => void): Promise<void> | undefined {
    this.#ending ??= this.#each((agent) => agent.close())
    return settled(this.#ending, callback)
  }

  override destroy(): Promise<void>
  override destroy(error: Error | null): Promise<void>
  override destroy(callback: () => void): void
  override destroy(error: Error | null, callback: () => void): void
  /** Ends every request and connection at once. */
  override destroy(
    error?: Error | null | (() => void),
    callback?: () => void,
  ): Promise<void> | undefined {
    this.#isDestroyed = true
    const reason = typeof error === 'function' ? null : (error ?? null)
    const ending = this.#each((agent) => agent.destroy(reason))
    return settled(ending, typeof error === 'function' ? error : callback)
  }

  #send(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const { protocol, host } = new URL(options.origin ?? 'http://localhost')
    const attempt = this.cluster.begin(viewOf(options), this.#tried.get(handler))
    const { address } = attempt.host
    const keepsAddress = this.#options.hostHeader === 'address'
    const headers = keepsAddress ? options.headers : withHost(options.headers, host)
    return this.#agentOf(address).dispatch(
      { ...options, origin: `${protocol}//${address}`, ...(headers && { headers }) },
      new ReportingHandler(handler, {
        attempt,
        body: options.body,
        onFailure: () => this.#remember(handler, attempt.host),
      }),
    )
  }

  #remember(handler: object, host: ClusterHost): void {
    const tried = this.#tried.get(handler)
    if (tried === undefined) this.#tried.set(handler, new Set([host]))
    else tried.add(host)
  }

  #agentOf(address: string): Agent {
    const known = this.#agents.get(address)
    if (known !== undefined) return known
    const agent = new Agent(this.#options.agent)
    agent.on('drain', (origin) => this.emit('drain', origin))
    agent.on('connect', (origin, targets) => this.emit('connect', origin, [this, ...targets]))
    agent.on('disconnect', (origin, targets, error) =>
      this.emit('disconnect', origin, [this, ...targets], error),
    )
    agent.on('connectionError', (origin, targets, error) =>
      this.emit('connectionError', origin, [this, ...targets], error),
    )
    this.#agents.set(address, agent)
    return agent
  }

  async #each(end: (agent: Agent) => Promise<void>): Promise<void> {
    await Promise.all([...this.#agents.values(), ...this.#leaving].map(end))
    this.#agents.clear()
  }
}

/**
 * A dispatcher that balances: {@link BalancedDispatcher}.
 *
 * @throws as {@link Cluster}
 */
export function createBalancedDispatcher(options: BalancedDispatcherOptions): BalancedDispatcher {
  return new BalancedDispatcher(options)
}

/** As undici's own dispatchers do it, with null for the controller of what never began. */
function refuse(handler: Dispatcher.DispatchHandler, cause: unknown): void {
  if (handler.onResponseError === undefined) throw cause
  const error = cause instanceof Error ? cause : new Error(String(cause), { cause })
  const controller = null as unknown as Dispatcher.DispatchController
  handler.onResponseError(controller, error)
}

function settled(ending: Promise<void>, callback?: () => void): Promise<void> | undefined {
  if (callback === undefined) return ending
  ending.then(callback, callback)
  return undefined
}
