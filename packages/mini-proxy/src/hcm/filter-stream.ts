import type { Match } from '@meshwright/route-matcher'
import type { StreamInfo } from '../access-log/stream-info.ts'
import type { FilterStream, LocalReply } from '../filters/http-filter.ts'
import { routeFilterConfig } from './route-filter-config.ts'

/** What a filter may touch of a stream. */
export interface FilterStreamParts {
  readonly info: StreamInfo
  match(): Match | undefined
  forgetMatch(): void
  resumeRequest(decision: 'continue' | LocalReply): void
  resumeResponse(): void
}

/** The stream as the filter `name` sees it. */
export function filterStreamOf(name: string, parts: FilterStreamParts): FilterStream {
  const { info } = parts
  return {
    connection: info.connection,
    info,
    startTime: info.startTime,
    match: () => parts.match(),
    routeConfig: () => routeFilterConfig(parts.match(), name)?.config,
    clearRouteCache: () => parts.forgetMatch(),
    resumeRequest: (decision) => parts.resumeRequest(decision),
    resumeResponse: () => parts.resumeResponse(),
    addResponseFlag: (flag) => info.addFlag(flag),
    overrideHost: (address, strictly) => {
      info.overrideHost = { address, strictly }
    },
    upstreamHost: () => info.upstreamHost,
  }
}
