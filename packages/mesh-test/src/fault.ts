import { durationMs } from '@meshwright/mesh-config'
import { filterSettings, type Match } from '@meshwright/route-matcher'
import { field, isObject, textField } from './json.ts'

/** Faults that a route injects. Percentages are from 0 to 100. */
export interface Fault {
  readonly delay: { readonly ms: number; readonly percentage: number } | undefined
  readonly abort:
    | {
        readonly httpStatus: number | undefined
        readonly grpcStatus: number | undefined
        readonly percentage: number
      }
    | undefined
}

const faultFilter = 'envoy.filters.http.fault'

/** The fault of a match, by the most specific level that has one; undefined without one, and where the filter is disabled. */
export function faultOf({ typedPerFilterConfig }: Match): Fault | undefined {
  const settings = filterSettings(typedPerFilterConfig.get(faultFilter))
  const config = settings?.configs[0]
  if (settings?.disabled === true || !isObject(config)) return undefined
  const delay = field(config, 'delay')
  const abort = field(config, 'abort')
  if (delay === undefined && abort === undefined) return undefined
  return {
    delay: isObject(delay)
      ? { ms: durationMs(textField(delay, 'fixedDelay')) ?? 0, percentage: percentageOf(delay) }
      : undefined,
    abort: isObject(abort)
      ? {
          httpStatus: numberField(abort, 'httpStatus'),
          grpcStatus: numberField(abort, 'grpcStatus'),
          percentage: percentageOf(abort),
        }
      : undefined,
  }
}

const denominators: Readonly<Record<string, number>> = {
  HUNDRED: 100,
  TEN_THOUSAND: 10_000,
  MILLION: 1_000_000,
  1: 10_000,
  2: 1_000_000,
}

function percentageOf(part: unknown): number {
  const percentage = field(part, 'percentage')
  const denominator = denominators[String(field(percentage, 'denominator') ?? 'HUNDRED')] ?? 100
  return (100 * (numberField(percentage, 'numerator') ?? 0)) / denominator
}

function numberField(message: unknown, camel: string): number | undefined {
  const value = field(message, camel)
  return typeof value === 'number' ? value : undefined
}
