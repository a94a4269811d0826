import type { HeaderLookup } from '../retry/retry-options.ts'
import {
  type AbortFault,
  checkFaults,
  type DelayFault,
  type FaultAbort,
  type FaultOptions,
  isStatus,
  type Share,
  type ThroughputFault,
} from './fault-options.ts'

/** Requests that have a fault and are not over. */
export interface ActiveFaults {
  active: number
}

/** Draws the faults of requests. */
export interface Faults {
  /** Requests that have a fault and are not over. */
  readonly active: number
  /** How often there was no fault because of `maxActiveFaults`. */
  readonly overflows: number
  /** The faults of a request; undefined: none. */
  begin(header: HeaderLookup, random: () => number): FaultPlan | undefined
}

/** What happens to one request: first the delay, then the abort; without an abort a response is slowed down. */
export interface FaultPlan {
  /** 0: none. */
  readonly delayMs: number
  readonly abort: FaultAbort | undefined
  /** Undefined: as fast as it comes. */
  readonly kibPerSecond: number | undefined
  /** Tells that the request is over. */
  end(): void
}

/**
 * Faults as Envoy's filter draws them, each by itself: throughput, delay, abort, in this order, one draw each.
 *
 * @param tally where those that are active are counted, perhaps together with others. Default: by themselves.
 * @throws {ResilienceError} `ERR_RESILIENCE_OPTION`
 */
export function createFaults(options: FaultOptions, tally: ActiveFaults = { active: 0 }): Faults {
  checkFaults(options)
  return new DrawnFaults(options, tally)
}

class DrawnFaults implements Faults {
  readonly #options: FaultOptions
  readonly #tally: ActiveFaults
  #overflows = 0

  constructor(options: FaultOptions, tally: ActiveFaults) {
    this.#options = options
    this.#tally = tally
  }

  get active(): number {
    return this.#tally.active
  }

  get overflows(): number {
    return this.#overflows
  }

  begin(header: HeaderLookup, random: () => number): FaultPlan | undefined {
    const { delay, abort, responseRateLimit, maxActiveFaults = Infinity } = this.#options
    if (this.#options.appliesTo?.(header) === false) return undefined
    const drawn = <Fault extends Share, Value>(
      fault: Fault | undefined,
      percentageHeader: string,
      read: (fault: Fault) => Value | undefined,
    ): Value | undefined => {
      const value = fault && read(fault)
      if (fault === undefined || value === undefined) return undefined
      return isDrawn(fault, header(percentageHeader), random) ? value : undefined
    }
    const kibPerSecond = drawn(
      responseRateLimit,
      'x-envoy-fault-throughput-response-percentage',
      (it) => throughputOf(it, header),
    )
    const delayMs = drawn(delay, 'x-envoy-fault-delay-request-percentage', (it) =>
      delayOf(it, header),
    )
    const aborted = drawn(abort, 'x-envoy-fault-abort-request-percentage', (it) =>
      abortOf(it, header),
    )
    const kinds = [kibPerSecond, delayMs, aborted].filter((it) => it !== undefined).length
    if (kinds === 0) return undefined
    if (this.#tally.active >= maxActiveFaults) {
      // As Envoy, which counts each kind.
      this.#overflows += kinds
      return undefined
    }
    return this.#plan({ delayMs: delayMs ?? 0, abort: aborted, kibPerSecond })
  }

  #plan(plan: Omit<FaultPlan, 'end'>): FaultPlan {
    let over = false
    this.#tally.active += 1
    return {
      ...plan,
      end: () => {
        if (!over) this.#tally.active -= 1
        over = true
      },
    }
  }
}

function isDrawn(fault: Share, said: string | undefined, random: () => number): boolean {
  const { numerator, denominator = 100 } = fault.percentage
  const most =
    'fromHeader' in fault ? Math.min(numerator, wholeNumber(said) ?? numerator) : numerator
  return Math.floor(random() * denominator) < most
}

function throughputOf(fault: ThroughputFault, header: HeaderLookup): number | undefined {
  if ('kibPerSecond' in fault) return fault.kibPerSecond
  return wholeNumber(header('x-envoy-fault-throughput-response')) || undefined
}

function delayOf(fault: DelayFault, header: HeaderLookup): number | undefined {
  const ms = 'fixedMs' in fault ? fault.fixedMs : wholeNumber(header('x-envoy-fault-delay-request'))
  return ms === 0 ? undefined : ms
}

function abortOf(fault: AbortFault, header: HeaderLookup): FaultAbort | undefined {
  if ('httpStatus' in fault) return { httpStatus: fault.httpStatus }
  if ('grpcStatus' in fault) return { grpcStatus: fault.grpcStatus }
  const httpStatus = wholeNumber(header('x-envoy-fault-abort-request'))
  if (httpStatus !== undefined && isStatus(httpStatus)) return { httpStatus }
  const grpcStatus = wholeNumber(header('x-envoy-fault-abort-grpc-request'))
  return grpcStatus === undefined ? undefined : { grpcStatus }
}

/** As many digits as 32 bits may have. */
function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : undefined
}
