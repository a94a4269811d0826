import type { Request } from './request.ts'

/** One source of the hash that a consistent balancer picks by. */
export interface HashPolicy {
  readonly kind: 'header' | 'cookie' | 'source-ip' | 'query-parameter' | 'filter-state'
  /** Name of the header, cookie, parameter or key; empty for `source-ip`. */
  readonly name: string
  /** If this policy gives a key, the ones after it are not asked. */
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
 * The keys of a request in order, ended by the first terminal policy that has one.
 * A hash is made of them by XOR, each step after rotating left by one bit.
 */
export function hashKeys(
  policies: readonly HashPolicy[],
  request: Request,
  source: HashSource = {},
): readonly (readonly string[])[] {
  const keys: (readonly string[])[] = []
  for (const policy of policies) {
    const key = policy.key(request, source)
    if (key === undefined) continue
    keys.push(key)
    if (policy.terminal) break
  }
  return keys
}
