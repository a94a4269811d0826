import type { Action } from './action.ts'
import type { HeaderMutations } from './header-mutations.ts'
import type { Match, Route, UpstreamRequest, VirtualHost } from './match.ts'
import type { Request } from './request.ts'
import type { HostRewrite, PathRewrite } from './rewrite.ts'

/** What a match is made of; all of it is known when the route compiles, save for the action of some. */
export interface MatchParts {
  readonly virtualHost: VirtualHost
  readonly route: Route
  readonly responseHeaders: readonly HeaderMutations[]
  readonly typedPerFilterConfig: ReadonlyMap<string, readonly unknown[]>
  readonly rewritePath: PathRewrite
  readonly rewriteHost: HostRewrite
}

/** A match; one that does not depend on the request is made once and shared. */
export class RouteMatch implements Match {
  readonly virtualHost: VirtualHost
  readonly route: Route
  readonly action: Action
  readonly responseHeaders: readonly HeaderMutations[]
  readonly typedPerFilterConfig: ReadonlyMap<string, readonly unknown[]>
  readonly #parts: MatchParts

  constructor(parts: MatchParts, action: Action) {
    this.virtualHost = parts.virtualHost
    this.route = parts.route
    this.action = action
    this.responseHeaders = parts.responseHeaders
    this.typedPerFilterConfig = parts.typedPerFilterConfig
    this.#parts = parts
  }

  get cluster(): string | undefined {
    return this.action.kind === 'cluster' ? this.action.cluster : undefined
  }

  applyToRequest(request: Request): UpstreamRequest {
    const path = this.#parts.rewritePath(request.path)
    const authority = this.#parts.rewriteHost(request)
    const { action } = this
    const cluster = action.kind === 'cluster' ? action : undefined
    const hostChanges = authority !== undefined || cluster?.autoHostRewrite === true
    return {
      path: path ?? request.path,
      authority: authority ?? request.authority,
      originalPath: path === undefined ? undefined : request.path,
      forwardedHost:
        hostChanges && cluster?.appendXForwardedHost === true ? forwardedHost(request) : undefined,
      requestHeaders: cluster?.requestHeaders ?? [],
    }
  }
}

/** Nothing if the host is the last one appended already. */
function forwardedHost(request: Request): string | undefined {
  if (request.authority === '') return undefined
  const before = request.header('x-forwarded-host')?.split(',').at(-1)?.trim()
  return before === request.authority ? undefined : request.authority
}
