import type { Action } from '../action/action.ts'
import type { CorsPolicy } from '../action/cors-policy.ts'
import type { HeaderMutations } from '../action/header-mutations.ts'
import { type HostRewrite, keepsHost } from '../action/host-rewrite.ts'
import { type FormatTemplate, keepsPath, type PathRewrite } from '../action/rewrite.ts'
import type { Request } from '../request/request.ts'
import type { ApplyOptions, Match, Route, UpstreamRequest, VirtualHost } from './match.ts'

/** What a match is made of; all of it is known when the route compiles, save for the action of some. */
export interface MatchParts {
  readonly virtualHost: VirtualHost
  readonly route: Route
  readonly responseHeaders: readonly HeaderMutations[]
  readonly typedPerFilterConfig: ReadonlyMap<string, readonly unknown[]>
  readonly cors: CorsPolicy | undefined
  readonly rewritePath: PathRewrite
  readonly rewriteHost: HostRewrite
  /** Of the weighted cluster; the route's rewrite comes after. Undefined: none. */
  readonly clusterHost: string | undefined
}

/** A match; one that does not depend on the request is made once and shared. */
export class RouteMatch implements Match {
  readonly virtualHost: VirtualHost
  readonly route: Route
  readonly action: Action
  readonly responseHeaders: readonly HeaderMutations[]
  readonly typedPerFilterConfig: ReadonlyMap<string, readonly unknown[]>
  readonly cors: CorsPolicy | undefined
  readonly rewrites: boolean
  readonly #parts: MatchParts

  constructor(parts: MatchParts, action: Action) {
    this.virtualHost = parts.virtualHost
    this.route = parts.route
    this.action = action
    this.responseHeaders = parts.responseHeaders
    this.typedPerFilterConfig = parts.typedPerFilterConfig
    this.cors = parts.cors
    this.rewrites =
      parts.rewritePath !== keepsPath ||
      parts.rewriteHost !== keepsHost ||
      parts.clusterHost !== undefined ||
      (action.kind === 'cluster' && action.autoHostRewrite)
    this.#parts = parts
  }

  get cluster(): string | undefined {
    return this.action.kind === 'cluster' ? this.action.cluster : undefined
  }

  applyToRequest(
    request: Request,
    { format = asIs, headersAreMutated = false }: ApplyOptions = {},
  ): UpstreamRequest {
    const { rewritePath, rewriteHost, clusterHost } = this.#parts
    const { action } = this
    const cluster = action.kind === 'cluster' ? action : undefined
    const requestHeaders = cluster?.requestHeaders ?? []
    const path = rewritePath(request.path, format)
    const before = clusterHost ?? request.authority
    const stillToCome = headersAreMutated ? [] : requestHeaders
    const rewritten = rewriteHost(request, stillToCome, format) || undefined
    const changes = rewritten !== undefined || cluster?.autoHostRewrite === true
    const old = changes && before !== '' ? before : undefined
    return {
      path: path ?? request.path,
      authority: rewritten ?? before,
      originalPath: path === undefined ? undefined : request.path,
      originalAuthority: old,
      forwardedHost: cluster?.appendXForwardedHost === true ? unlessLast(old, request) : undefined,
      requestHeaders,
    }
  }
}

const asIs: FormatTemplate = (template) => template

/** Nothing if the host is the last one appended already. */
function unlessLast(host: string | undefined, request: Request): string | undefined {
  const before = request.header('x-forwarded-host')?.split(',').at(-1)?.trim()
  return before === host ? undefined : host
}
