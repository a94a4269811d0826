import { attemptedHosts } from '@meshwright/resilience'
import type { UpstreamHost } from '../cluster/cluster.ts'
import { announceTry } from './announce-try.ts'
import { chooseHost, type RetryFacts } from './choose-host.ts'
import type { ForwardingPlan } from './forwarding-plan.ts'
import { type TryEvents, UpstreamTry } from './upstream-try.ts'

/** The tries of one request, one after the other: each has a host, and the request says which it is. */
export class TrySequence {
  readonly #plan: ForwardingPlan
  /** Where the first try went. */
  #first: UpstreamHost | undefined
  /** What is known of the tries before, from the second on. */
  #retry: RetryFacts | undefined
  #count = 0
  /** The try before the one to come has timed out. */
  afterTimeout = false

  constructor(plan: ForwardingPlan) {
    this.#plan = plan
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
    if (this.#count === 2) this.#retry = this.#retryFacts()
    const host = chooseHost(plan, this.#retry)
    if (host === undefined) return undefined
    const { afterTimeout } = this
    announceTry(plan, { elapsedMs, attempt: this.#count, afterTimeout })
    this.afterTimeout = false
    if (this.#count === 1) this.#first = host
    else this.#retry?.attempted.add(host)
    return new UpstreamTry(host, plan, events)
  }

  #retryFacts(): RetryFacts | undefined {
    const { rules } = this.#plan
    if (rules === undefined) return undefined
    const attempted = attemptedHosts()
    if (this.#first !== undefined) attempted.add(this.#first)
    return { rules, attempted, priorities: rules.priorities?.() }
  }
}
