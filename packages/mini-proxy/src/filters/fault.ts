import type { Timers } from '../ambient.ts'
import { MatchRequest } from '../http/match-request.ts'
import type { RequestHead } from '../http/stream.ts'
import { durationMs } from '../network/duration.ts'
import type { Counter } from '../stats/stats.ts'
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
import { type FractionalPercentJson, ratioOf } from './percentage.ts'

/** `envoy.filters.http.fault`: delays and aborts, by chance or as headers ask. */
export const faultFilter: HttpFilterType = {
  configTypes: ['envoy.extensions.filters.http.fault.v3.HTTPFault'],
  routeConfigTypes: ['envoy.extensions.filters.http.fault.v3.HTTPFault'],
  check: checkFault,
  checkRoute: checkFault,
  create(config, context) {
    const own = compileFault(config)
    const stats = {
      delays: context.stats.counter('fault.delays_injected'),
      aborts: context.stats.counter('fault.aborts_injected'),
    }
    const byRoute = new WeakMap<FilterConfigJson, Fault>()
    const faultOf = (route: FilterConfigJson | undefined): Fault => {
      if (route === undefined) return own
      const known = byRoute.get(route) ?? compileFault(route)
      byRoute.set(route, known)
      return known
    }
    return (stream) =>
      new FaultFilter(faultOf(stream.routeConfig()), stream, { ...context, ...stats })
  },
}

/** `HTTPFault` in proto3 JSON. */
interface FaultJson {
  readonly delay?: {
    readonly fixedDelay?: string
    readonly headerDelay?: object
    readonly percentage?: FractionalPercentJson
  }
  readonly abort?: {
    readonly httpStatus?: number
    readonly grpcStatus?: number
    readonly headerAbort?: object
    readonly percentage?: FractionalPercentJson
  }
  readonly upstreamCluster?: string
  readonly headers?: readonly HeaderMatcherJson[]
  readonly downstreamNodes?: readonly string[]
  readonly maxActiveFaults?: number
  readonly responseRateLimit?: object
}

interface Fault {
  readonly applies: (head: RequestHead) => boolean
  readonly delayRatio: number
  /** Undefined: `x-envoy-fault-delay-request` says it. */
  readonly delayMs: number | undefined
  readonly abortRatio: number
  readonly abortStatus: number | undefined
  readonly abortGrpcStatus: number | undefined
}

/** What the stand-in for all faults of one configuration may use. */
interface FaultContext extends FilterContext {
  readonly delays: Counter
  readonly aborts: Counter
}

function checkFault(config: FilterConfigJson): string[] {
  const reasons = ['upstreamCluster', 'downstreamNodes', 'maxActiveFaults', 'responseRateLimit']
    .filter((field) => isSet(config[field]))
    .map((field) => `${field} is not supported`)
  try {
    compileFault(config)
  } catch (error) {
    reasons.push(error instanceof Error ? error.message : String(error))
  }
  return reasons
}

function isSet(value: unknown): boolean {
  return (
    value !== undefined &&
    value !== '' &&
    value !== 0 &&
    !(Array.isArray(value) && value.length === 0)
  )
}

function compileFault(json: FilterConfigJson): Fault {
  const { delay, abort, headers } = json as FaultJson
  const conditions = compileHeaderCondition(headers ?? [])
  return {
    applies: (head) => conditions(new MatchRequest(head)),
    delayRatio: delay === undefined ? 0 : ratioOf(delay.percentage, 0),
    delayMs: delay?.headerDelay === undefined ? durationMs(delay?.fixedDelay, 0) : undefined,
    abortRatio: abort === undefined ? 0 : ratioOf(abort.percentage, 0),
    abortStatus: abort?.httpStatus,
    abortGrpcStatus: abort?.grpcStatus,
  }
}

class FaultFilter implements HttpFilter {
  readonly #fault: Fault
  readonly #stream: FilterStream
  readonly #context: FaultContext
  readonly #timers: Timers
  #timer: unknown

  constructor(fault: Fault, stream: FilterStream, context: FaultContext) {
    this.#fault = fault
    this.#stream = stream
    this.#context = context
    this.#timers = context.timers
  }

  onRequest(head: RequestHead): FilterDecision {
    if (!this.#fault.applies(head)) return 'continue'
    const delayMs = this.#delayMs(head)
    if (delayMs === undefined) return this.#abort(head)
    this.#context.delays.inc()
    this.#stream.addResponseFlag('DI')
    this.#timer = this.#timers.setTimeout(() => {
      this.#timer = undefined
      this.#stream.resumeRequest(this.#abort(head))
    }, delayMs)
    return 'pause'
  }

  onEnd(): void {
    if (this.#timer !== undefined) this.#timers.clearTimeout(this.#timer)
  }

  #delayMs(head: RequestHead): number | undefined {
    const { delayMs, delayRatio } = this.#fault
    const wanted = delayMs ?? numberIn(head, 'x-envoy-fault-delay-request')
    if (wanted === undefined || wanted <= 0) return undefined
    const said =
      delayMs === undefined ? numberIn(head, 'x-envoy-fault-delay-request-percentage') : undefined
    return this.#draw(lower(delayRatio, said)) ? wanted : undefined
  }

  #abort(head: RequestHead): 'continue' | LocalReply {
    const { abortRatio, abortStatus, abortGrpcStatus } = this.#fault
    const fixed = abortStatus !== undefined || abortGrpcStatus !== undefined
    const status = fixed ? (abortStatus ?? 200) : numberIn(head, 'x-envoy-fault-abort-request')
    if (status === undefined || status < 200 || status > 599) return 'continue'
    const said = fixed ? undefined : numberIn(head, 'x-envoy-fault-abort-request-percentage')
    if (!this.#draw(lower(abortRatio, said))) return 'continue'
    this.#context.aborts.inc()
    return {
      status,
      body: 'fault filter abort',
      details: 'fault_filter_abort',
      flag: 'FI',
      ...(abortGrpcStatus !== undefined && { grpcStatus: abortGrpcStatus }),
    }
  }

  #draw(ratio: number): boolean {
    return ratio > 0 && this.#context.random() < ratio
  }
}

/** A header may lower the configured ratio, never raise it. */
function lower(ratio: number, percent: number | undefined): number {
  return percent === undefined ? ratio : Math.min(ratio, percent / 100)
}

function numberIn(head: RequestHead, name: string): number | undefined {
  const text = head.headers.get(name)
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
