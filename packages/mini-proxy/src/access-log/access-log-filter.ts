import type { AccessLogFilterJson } from '@meshwright/xds-types/envoy/config/accesslog/v3'
import { compileHeaderCondition } from '../filters/header-condition.ts'
import { ratioOf } from '../filters/percentage.ts'
import { MatchRequest } from '../http/match-request.ts'
import type { StreamInfo } from './stream-info.ts'

/** Whether a request is to be logged. */
export type AccessLogCondition = (info: StreamInfo) => boolean

type Compile<Key extends keyof AccessLogFilterJson> = (
  filter: NonNullable<AccessLogFilterJson[Key]>,
  random: () => number,
) => AccessLogCondition

/**
 * Compiles the filter of an access log.
 *
 * @throws {Error} if it is of a kind that is not known
 */
export function compileAccessLogFilter(
  filter: AccessLogFilterJson,
  random: () => number,
): AccessLogCondition {
  for (const [kind, config] of Object.entries(filter)) {
    if (config === undefined) continue
    const compile = compilers[kind as keyof typeof compilers] as
      | Compile<keyof AccessLogFilterJson>
      | undefined
    if (compile === undefined) throw new Error(`filter ${kind} is not supported`)
    return compile(config, random)
  }
  throw new Error('the filter is empty')
}

const compilers: { readonly [Key in keyof AccessLogFilterJson]: Compile<Key> } = {
  statusCodeFilter({ comparison }) {
    const compare = compileComparison(comparison)
    return (info) => compare(info.responseCode)
  },
  durationFilter({ comparison }) {
    const compare = compileComparison(comparison)
    return (info) => compare(info.elapsedMs())
  },
  // Nothing here answers health checks itself.
  notHealthCheckFilter: () => () => true,
  runtimeFilter({ percentSampled }, random) {
    const ratio = ratioOf(percentSampled, 0)
    return () => random() < ratio
  },
  andFilter({ filters = [] }, random) {
    const all = filters.map((it) => compileAccessLogFilter(it, random))
    return (info) => all.every((holds) => holds(info))
  },
  orFilter({ filters = [] }, random) {
    const any = filters.map((it) => compileAccessLogFilter(it, random))
    return (info) => any.some((holds) => holds(info))
  },
  headerFilter({ header }) {
    const holds = compileHeaderCondition(header === undefined ? [] : [header])
    return ({ request }) => request !== undefined && holds(new MatchRequest(request))
  },
  responseFlagFilter({ flags = [] }) {
    return (info) => {
      const set = info.responseFlags.split(',').filter((it) => it !== '')
      return flags.length === 0 ? set.length > 0 : set.some((it) => flags.includes(it))
    }
  },
}

type Comparison = NonNullable<AccessLogFilterJson['statusCodeFilter']>['comparison']

function compileComparison(comparison: Comparison): (value: number) => boolean {
  const than = comparison?.value?.defaultValue ?? 0
  switch (comparison?.op ?? 'EQ') {
    case 'EQ':
      return (value) => value === than
    case 'GE':
      return (value) => value >= than
    case 'LE':
      return (value) => value <= than
    case 'NE':
      return (value) => value !== than
  }
}
