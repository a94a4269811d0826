/**
 * Client-side weighted round robin: hosts report how much they serve and how busy they are; who does more with less weighs more.
 * Turns as weighted round robin; weights are worked out anew every so often.
 * https://github.com/grpc/proposal/blob/master/A58-client-side-weighted-round-robin-lb-policy.md
 */
import type { Balancer } from './balancer.ts'
import type { Host, HostEntry, HostSet } from './host-set.ts'
import { checkInteger, checkNumber, maxUint32 } from './host-set-settings.ts'
import { PriorityBalancer } from './priority-balancer.ts'
import { resolveSlowStart, type SlowStartOptions, slowStartFactor } from './slow-start.ts'
import { WeightedTurns } from './weighted-turns.ts'

export interface LoadReportOptions {
  /** Reports are not believed before a host has sent them for so long. Default: 10 000. */
  readonly blackoutPeriodMs?: number
  /** Nor when the last is older than this. Default: 180 000. */
  readonly weightExpirationPeriodMs?: number
  /** How often weights are worked out. Default: 1000. */
  readonly weightUpdatePeriodMs?: number
  /** How much errors count as utilisation. Default: 1. */
  readonly errorUtilizationPenalty?: number
  /** Named metrics whose largest value is the utilisation. Default: none. */
  readonly metricNames?: readonly string[]
  /** How many turns have been taken already. Default: 0. */
  readonly seed?: number
  /** New hosts take their share little by little. Default: at once. */
  readonly slowStart?: SlowStartOptions
}

/** What a host says of itself, in the words of ORCA. */
export interface LoadReport {
  /** Requests per second. */
  readonly rpsFractional: number
  /** Errors per second. Default: 0. */
  readonly eps?: number
  readonly applicationUtilization?: number
  readonly cpuUtilization?: number
  /** Further ones by name: `named_metrics.x`, `utilization.x`, `request_cost.x`, or `mem_utilization`. */
  readonly metrics?: Readonly<Record<string, number>>
}

/** A balancer that learns from reports. */
export interface LoadReportBalancer<H extends Host> extends Balancer<H> {
  /** Takes a report; one without requests or without utilisation changes nothing. */
  report(host: H, report: LoadReport, now: number): void
  /** The weight of a host, as of the last time that weights were worked out. */
  weightOf(host: H): number
}

/**
 * Turns by reported load. Picks need `now` in the context. Hosts whose reports do not count weigh as the median of the others.
 *
 * @throws {HostSetError} if an option makes no sense.
 */
export function loadReportRoundRobin<H extends Host>(
  hosts: HostSet<H>,
  options: LoadReportOptions = {},
): LoadReportBalancer<H> {
  return new LoadReportRoundRobin(hosts, resolveOptions(options))
}

/**
 * The weight that a report stands for: requests per second over utilisation, errors counted as such. Undefined if it says
 * neither. Envoy rounds down to an integer, and so does this.
 */
export function weightOfReport(
  { rpsFractional, eps = 0, applicationUtilization, cpuUtilization, metrics = {} }: LoadReport,
  { metricNames = [], errorUtilizationPenalty = 1 }: LoadReportOptions = {},
): number | undefined {
  if (!(rpsFractional > 0)) return undefined
  const named = Math.max(0, ...metricNames.map((name) => metrics[name] ?? 0))
  const known = [named, applicationUtilization, cpuUtilization].find((it = 0) => it > 0) ?? 0
  const utilization = known + (errorUtilizationPenalty * eps) / rpsFractional
  if (!(utilization > 0)) return undefined
  return Math.min(Math.floor(rpsFractional / utilization), maxUint32)
}

type Resolved = Required<Omit<LoadReportOptions, 'slowStart'>> &
  Pick<LoadReportOptions, 'slowStart'>

function resolveOptions(options: LoadReportOptions): Resolved {
  const resolved = { ...defaults, ...options }
  for (const name of periods) checkNumber(name, resolved[name], [0, Number.MAX_VALUE])
  // gRFC A58 and Envoy: not more often than ten times a second.
  checkNumber('weightUpdatePeriodMs', resolved.weightUpdatePeriodMs, [100, Number.MAX_VALUE])
  checkNumber('errorUtilizationPenalty', resolved.errorUtilizationPenalty, [0, Number.MAX_VALUE])
  checkInteger('seed', resolved.seed, [0, Number.MAX_SAFE_INTEGER])
  return resolved
}

const periods = ['blackoutPeriodMs', 'weightExpirationPeriodMs'] as const
const defaults: Resolved = {
  blackoutPeriodMs: 10_000,
  weightExpirationPeriodMs: 180_000,
  weightUpdatePeriodMs: 1000,
  errorUtilizationPenalty: 1,
  metricNames: [],
  seed: 0,
}

/** What is known of a host. */
interface Reported {
  weight: number
  /** Since when it has reported without a gap. */
  since: number
  last: number
}

class LoadReportRoundRobin<H extends Host> implements LoadReportBalancer<H> {
  readonly #options: Resolved
  readonly #balancer: PriorityBalancer<H>
  readonly #reports = new WeakMap<Host, Reported>()
  readonly #weights = new WeakMap<Host, number>()
  #set: HostSet<H>
  #updatedAt = Number.NEGATIVE_INFINITY
  /** Where a new schedule goes on, so that it does not begin with the heaviest every time. */
  #turns: number

  constructor(set: HostSet<H>, options: Resolved) {
    this.#options = options
    this.#set = set
    this.#turns = options.seed
    const slowStart = resolveSlowStart(options.slowStart)
    const weightOf = ({ host, ...entry }: HostEntry<Host>, now: number | undefined): number => {
      // A host that says it can do nothing must still be asked now and then.
      const weight = Math.max(1, this.weightOf(host as H))
      if (slowStart === undefined) return weight
      return weight * slowStartFactor(slowStart, { host, ...entry }, now)
    }
    this.#balancer = new PriorityBalancer(set, (list, { now }) => {
      return new WeightedTurns(list, { seed: this.#turns, now, weightOf })
    })
  }

  update(set: HostSet<H>): void {
    this.#set = set
    this.#updatedAt = Number.NEGATIVE_INFINITY
    this.#balancer.update(set)
  }

  pick(context: Parameters<Balancer<H>['pick']>[0]): H | undefined {
    const { now } = context
    // Apart in either direction: a clock that was set back must not stop it.
    if (
      now !== undefined &&
      Math.abs(now - this.#updatedAt) >= this.#options.weightUpdatePeriodMs
    ) {
      this.#updateWeights(now)
    }
    this.#turns++
    return this.#balancer.pick(context)
  }

  weightOf(host: H): number {
    return this.#weights.get(host) ?? 1
  }

  report(host: H, report: LoadReport, now: number): void {
    const weight = weightOfReport(report, this.#options)
    if (weight === undefined || Number.isNaN(now)) return
    const known = this.#reports.get(host)
    if (known === undefined) {
      this.#reports.set(host, { weight, since: now, last: now })
      return
    }
    known.weight = weight
    known.last = Math.max(known.last, now)
  }

  #updateWeights(now: number): void {
    this.#updatedAt = now
    const unknown: H[] = []
    const valid: number[] = []
    for (const { host } of this.#set.hosts) {
      const weight = this.#validWeight(host, now)
      if (weight === undefined) unknown.push(host)
      else {
        valid.push(weight)
        this.#weights.set(host, weight)
      }
    }
    const median = medianOf(valid)
    for (const host of unknown) this.#weights.set(host, median)
    this.#balancer.update(this.#set)
  }

  #validWeight(host: H, now: number): number | undefined {
    const reported = this.#reports.get(host)
    if (reported === undefined) return undefined
    if (now - reported.last > this.#options.weightExpirationPeriodMs) {
      // It has to prove itself anew.
      this.#reports.delete(host)
      return undefined
    }
    return now - reported.since < this.#options.blackoutPeriodMs ? undefined : reported.weight
  }
}

/** As Envoy: of an even number the mean of the middle ones, rounded down; 1 of none. */
function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? 1
  if (sorted.length % 2 === 1) return upper
  return Math.floor(((sorted[(sorted.length >> 1) - 1] ?? 1) + upper) / 2)
}
