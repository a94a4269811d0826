import { attemptedHosts, type PreviousPriorities } from '@meshwright/resilience'
import type { HashPolicy } from '@meshwright/route-matcher'
import type { UpstreamHost } from '../cluster/cluster.ts'
import { announceTry } from './announce-try.ts'
import { chooseHost } from './choose-host.ts'
import { connectTunnel } from './connect-tunnel.ts'
import type { Destination } from './destination.ts'
import type { RetryRules } from './retry-rules.ts'
import type { RouterContext } from './router-context.ts'
import type { RouterStream } from './router-stream.ts'
import type { Timeouts } from './timeouts.ts'
import { type OpenTunnel, type TryEvents, UpstreamTry } from './upstream-try.ts'

/** What the tries of a request go by. */
export interface TryParts {
  readonly context: RouterContext
  readonly timeouts: Timeouts
  /** Undefined: there are no retries. */
  readonly rules: RetryRules | undefined
  readonly hashPolicies: readonly HashPolicy[]
}

/** The tries of one request, one after the other: each has a host, and the request says which it is. */
export class TrySequence {
  readonly #stream: RouterStream
  readonly #to: Destination
  readonly #parts: TryParts
  readonly #attempted: ReturnType<typeof attemptedHosts> | undefined
  readonly #open: OpenTunnel | undefined
  readonly #priorities: PreviousPriorities | undefined
  #count = 0
  /** The try before the one to come has timed out. */
  afterTimeout = false

  constructor(stream: RouterStream, to: Destination, parts: TryParts) {
    this.#stream = stream
    this.#to = to
    this.#parts = parts
    this.#attempted = parts.rules && attemptedHosts()
    this.#priorities = parts.rules?.priorities?.()
    this.#open = connectTunnel(stream, to.action, parts.context.timers)
  }

  /** How many were asked for, those without a host counted in. */
  get count(): number {
    return this.#count
  }

  /** The next, to be started; undefined: there is no host for it. */
  next(elapsedMs: number, events: TryEvents): UpstreamTry | undefined {
    const { context, timeouts } = this.#parts
    const { cluster, action } = this.#to
    this.#count += 1
    this.#stream.info.upstreamRequestAttemptCount = this.#count
    const host = this.#chooseHost()
    if (host === undefined) return undefined
    announceTry(this.#stream, {
      timeouts,
      elapsedMs,
      attempt: this.#count,
      afterTimeout: this.afterTimeout,
      boundsGrpc: action.maxGrpcTimeoutMs !== undefined,
      suppressEnvoyHeaders: context.suppressEnvoyHeaders,
    })
    this.afterTimeout = false
    this.#attempted?.add(host)
    const { connection, head } = this.#stream
    const { version } = head
    const open = this.#open
    const target = { cluster, host, priority: action.priority, connection, version, open }
    return new UpstreamTry(target, events)
  }

  #chooseHost(): UpstreamHost | undefined {
    const { context, rules, hashPolicies } = this.#parts
    const attempted = this.#attempted
    const isRetry = this.#count > 1 && rules !== undefined && attempted !== undefined
    return chooseHost({
      stream: this.#stream,
      action: this.#to.action,
      hashPolicies,
      cluster: this.#to.cluster,
      retry: isRetry ? { rules, attempted, priorities: this.#priorities } : undefined,
      random: context.random,
    })
  }
}
