import type { Request } from '../request/request.ts'

/** One source of the hash that a consistent balancer picks by. */
export interface HashPolicy {
  readonly kind: 'header' | 'cookie' | 'source-ip' | 'query-parameter' | 'filter-state'
  /** Name of the header, cookie, parameter or key; empty for `source-ip`. */
  readonly name: string
  /** If there is a key by now, the policies after this one are not asked. */
  readonly terminal: boolean
  /** A cookie that is missing is made, with this life; undefined: it is not made. 0: a session cookie. */
  readonly cookie:
    | {
        readonly ttlMs: number
        readonly path: string
        readonly attributes: readonly { readonly name: string; readonly value: string }[]
      }
    | undefined
  /**
   * What to hash, or undefined if the request has nothing of the kind.
   * More than one string (a repeated header, sorted): hash each with the hash before as its seed.
   */
  key(request: Request, source: HashSource): readonly string[] | undefined
}

/** What hash policies may ask of the connection. */
export interface HashSource {
  /** The downstream address without its port. */
  readonly sourceIp?: string | undefined
  /** The hash key of a filter state object. */
  filterState?(key: string): string | undefined
}

/**
 * The keys of a request in order, ended by the first terminal policy at which there is one, be it of a policy before, as in Envoy.
 * A hash is made of them by XOR, each step after rotating left by one bit.
 * Without `source` the request's own connection and filter state are asked.
 */
export function hashKeys(
  policies: readonly HashPolicy[],
  request: Request,
  source: HashSource = sourceOf(request),
): readonly (readonly string[])[] {
  const keys: (readonly string[])[] = []
  for (const policy of policies) {
    const key = policy.key(request, source)
    if (key !== undefined) keys.push(key)
    if (policy.terminal && keys.length > 0) break
  }
  return keys
}

function sourceOf(request: Request): HashSource {
  return {
    sourceIp: request.connection?.sourceAddress,
    filterState: (key) => request.filterState?.(key),
  }
}
