import { attemptedHosts, type PreviousPriorities } from '@meshwright/resilience'
import type { UpstreamHost } from '../cluster/cluster.ts'
import { announceTry } from './announce-try.ts'
import { chooseHost } from './choose-host.ts'
import type { ForwardingPlan } from './forwarding-plan.ts'
import { type TryEvents, UpstreamTry } from './upstream-try.ts'

/** The tries of one request, one after the other: each has a host, and the request says which it is. */
export class TrySequence {
  readonly #plan: ForwardingPlan
  readonly #attempted: ReturnType<typeof attemptedHosts> | undefined
  readonly #priorities: PreviousPriorities | undefined
  #count = 0
  /** The try before the one to come has timed out. */
  afterTimeout = false

  constructor(plan: ForwardingPlan) {
    const { rules } = plan
    this.#plan = plan
    if (rules === undefined) return
    this.#attempted = attemptedHosts()
    this.#priorities = rules.priorities?.()
  }

  /** How many were asked for, those without a host counted in. */
  get count(): number {
    return this.#count
  }

  /** The next, to be started; undefined: there is no host for it. */
  next(elapsedMs: number, events: TryEvents): UpstreamTry | undefined {
    const plan = this.#plan
    this.#count += 1
    plan.stream.info.upstreamRequestAttemptCount = this.#count
    const host = this.#chooseHost()
    if (host === undefined) return undefined
    const { afterTimeout } = this
    announceTry(plan, { elapsedMs, attempt: this.#count, afterTimeout })
    this.afterTimeout = false
    this.#attempted?.add(host)
    return new UpstreamTry(host, plan, events)
  }

  #chooseHost(): UpstreamHost | undefined {
    const { rules } = this.#plan
    const attempted = this.#attempted
    const isRetry = this.#count > 1 && rules !== undefined && attempted !== undefined
    const retry = isRetry ? { rules, attempted, priorities: this.#priorities } : undefined
    return chooseHost(this.#plan, retry)
  }
}
