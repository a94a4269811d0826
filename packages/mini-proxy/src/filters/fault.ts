import {
  type ActiveFaults,
  createFaults,
  createPacer,
  type FaultPlan,
  type Faults,
  type Pacer,
} from '@meshwright/resilience'
import { MatchRequest } from '../http/match-request.ts'
import type { RequestHead } from '../http/stream.ts'
import type { Counter, Gauge, StatsScope } from '../stats/stats.ts'
import { faultOptions, type HttpFaultJson } from './fault-options.ts'
import { compileHeaderCondition, type HeaderMatcherJson } from './header-condition.ts'
import type {
  FilterConfigJson,
  FilterContext,
  FilterDecision,
  FilterStream,
  HttpFilter,
  HttpFilterType,
  LocalReply,
} from './http-filter.ts'

/** `envoy.filters.http.fault`: delays, aborts and slows down, by chance or as headers ask. */
export const faultFilter: HttpFilterType = {
  configTypes: ['envoy.extensions.filters.http.fault.v3.HTTPFault'],
  routeConfigTypes: ['envoy.extensions.filters.http.fault.v3.HTTPFault'],
  check: checkFault,
  checkRoute: checkFault,
  create(config, context) {
    // Those of all routes count together, as in Envoy.
    const shared: FaultParts = {
      ...context,
      faultStats: faultStats(context.stats.scope('fault')),
      tally: { active: 0 },
    }
    const own = new CompiledFault(config, shared.tally)
    const byRoute = new WeakMap<FilterConfigJson, CompiledFault>()
    const faultOf = (route: FilterConfigJson | undefined): CompiledFault => {
      if (route === undefined) return own
      const known = byRoute.get(route) ?? new CompiledFault(route, shared.tally)
      byRoute.set(route, known)
      return known
    }
    return (stream) => {
      const fault = faultOf(stream.routeConfig())
      return fault.injects ? new FaultFilter(fault, stream, shared) : undefined
    }
  },
}

interface FaultStats {
  readonly delays: Counter
  readonly aborts: Counter
  readonly rateLimits: Counter
  readonly overflows: Counter
  readonly active: Gauge
}

function faultStats(scope: StatsScope): FaultStats {
  return {
    delays: scope.counter('delays_injected'),
    aborts: scope.counter('aborts_injected'),
    rateLimits: scope.counter('response_rl_injected'),
    overflows: scope.counter('faults_overflow'),
    active: scope.gauge('active_faults'),
  }
}

/** What the faults of one filter share. */
interface FaultParts extends FilterContext {
  readonly faultStats: FaultStats
  readonly tally: ActiveFaults
}

function checkFault(config: FilterConfigJson): string[] {
  try {
    new CompiledFault(config, { active: 0 })
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

/** Which requests faults are for. */
interface FaultTargetJson {
  readonly upstreamCluster?: string
  readonly headers?: readonly HeaderMatcherJson[]
  readonly downstreamNodes?: readonly string[]
}

/** One configuration of the filter, of the chain or of a route. */
class CompiledFault {
  readonly faults: Faults
  /** Of an abort. */
  readonly body: string
  readonly injects: boolean
  readonly #cluster: string
  readonly #nodes: ReadonlySet<string>
  readonly #conditions: ((request: MatchRequest) => boolean) | undefined

  /** @throws {Error} if something of it makes no sense */
  constructor(json: FilterConfigJson, tally: ActiveFaults) {
    // The shape was validated with its message type.
    const { upstreamCluster = '', headers = [], downstreamNodes = [] } = json as FaultTargetJson
    const { abort, delay, responseRateLimit, ...limits } = json as HttpFaultJson
    const options = faultOptions({
      ...(abort !== undefined && { abort }),
      ...(delay !== undefined && { delay }),
      ...(responseRateLimit !== undefined && { responseRateLimit }),
      ...limits,
    })
    this.faults = createFaults(options, tally)
    this.body = abort?.responseBody || 'fault filter abort'
    this.injects = abort !== undefined || delay !== undefined || responseRateLimit !== undefined
    this.#cluster = upstreamCluster
    this.#nodes = new Set(downstreamNodes)
    this.#conditions = headers.length === 0 ? undefined : compileHeaderCondition(headers)
  }

  isFor(head: RequestHead, stream: FilterStream): boolean {
    if (this.#cluster !== '' && stream.match()?.cluster !== this.#cluster) return false
    const node = this.#nodes.size === 0 ? undefined : head.headers.get(nodeHeader)
    if (this.#nodes.size > 0 && (node === undefined || !this.#nodes.has(node))) return false
    return this.#conditions === undefined || this.#conditions(new MatchRequest(head))
  }
}

const nodeHeader = 'x-envoy-downstream-service-node'

class FaultFilter implements HttpFilter {
  readonly #fault: CompiledFault
  readonly #stream: FilterStream
  readonly #parts: FaultParts
  #plan: FaultPlan | undefined
  #timer: unknown

  constructor(fault: CompiledFault, stream: FilterStream, parts: FaultParts) {
    this.#fault = fault
    this.#stream = stream
    this.#parts = parts
  }

  onRequest(head: RequestHead): FilterDecision {
    const plan = this.#begin(head)
    if (plan === undefined) return 'continue'
    const { faultStats: stats, timers } = this.#parts
    if (plan.kibPerSecond !== undefined) stats.rateLimits.inc()
    if (plan.delayMs === 0) return this.#abort(plan)
    stats.delays.inc()
    this.#stream.addResponseFlag('DI')
    this.#timer = timers.setTimeout(() => {
      this.#timer = undefined
      this.#stream.resumeRequest(this.#abort(plan))
    }, plan.delayMs)
    return 'pause'
  }

  responsePacer(): Pacer | undefined {
    const kibPerSecond = this.#plan?.kibPerSecond
    if (kibPerSecond === undefined) return undefined
    return createPacer(kibPerSecond, this.#parts.clock.now())
  }

  onEnd(): void {
    if (this.#timer !== undefined) this.#parts.timers.clearTimeout(this.#timer)
    if (this.#plan === undefined) return
    this.#plan.end()
    this.#showActive()
  }

  #begin(head: RequestHead): FaultPlan | undefined {
    const { faults } = this.#fault
    if (!this.#fault.isFor(head, this.#stream)) return undefined
    const before = faults.overflows
    this.#plan = faults.begin((name) => head.headers.get(name), this.#parts.random)
    const overflows = faults.overflows - before
    if (overflows > 0) this.#parts.faultStats.overflows.inc(overflows)
    if (this.#plan !== undefined) this.#showActive()
    return this.#plan
  }

  #showActive(): void {
    this.#parts.faultStats.active.set(this.#parts.tally.active)
  }

  #abort({ abort }: FaultPlan): 'continue' | LocalReply {
    if (abort === undefined) return 'continue'
    this.#parts.faultStats.aborts.inc()
    const isHttp = 'httpStatus' in abort
    return {
      status: isHttp ? abort.httpStatus : 200,
      body: this.#fault.body,
      details: 'fault_filter_abort',
      flag: 'FI',
      ...(!isHttp && { grpcStatus: abort.grpcStatus }),
    }
  }
}
