import type { InternalRedirectPolicyJson } from '../config/action-config.ts'
import type { ExtensionJson, RouteActionJson } from '../config/config.ts'
import { enumName } from '../config/enum-name.ts'
import { type Findings, fault } from '../config/findings.ts'

/** When the proxy follows a redirect of the upstream itself. */
export interface InternalRedirectPolicy {
  /** How many in a row. Default: 1. */
  readonly maxInternalRedirects: number
  /** Of 301, 302, 303, 307 and 308, ascending. Default: 302. */
  readonly responseCodes: readonly number[]
  /** Extensions that are asked as well. */
  readonly predicates: readonly ExtensionJson[]
  readonly allowCrossSchemeRedirect: boolean
  /** Lower-case names of headers of the redirect that the next request carries, sorted. */
  readonly responseHeadersToCopy: readonly string[]
}

/** Compiles the policy, or the older pair of fields where there is none. Undefined: redirects go to the client. */
export function compileInternalRedirect(
  action: RouteActionJson,
  path: string,
  findings: Findings,
): InternalRedirectPolicy | undefined {
  const handling = enumName(
    action.internalRedirectAction,
    ['PASS_THROUGH_INTERNAL_REDIRECT', 'HANDLE_INTERNAL_REDIRECT'],
    `${path}.internalRedirectAction`,
    findings,
  )
  const older: InternalRedirectPolicyJson | undefined =
    handling === 'HANDLE_INTERNAL_REDIRECT'
      ? { maxInternalRedirects: action.maxInternalRedirects ?? 1 }
      : undefined
  const policy = action.internalRedirectPolicy ?? older
  if (policy === undefined) return undefined
  const { redirectResponseCodes = [], responseHeadersToCopy = [] } = policy
  const headers = responseHeadersToCopy.map((name) => name.toLowerCase())
  for (const [i, name] of headers.entries()) {
    if (!name.startsWith(':') && name !== 'host' && name !== '') continue
    const at = `${path}.internalRedirectPolicy.responseHeadersToCopy[${i}]`
    const got = JSON.stringify(name)
    fault(findings, at, `expected neither a pseudo-header nor host, got ${got}`)
  }
  // As in Envoy a list of nothing but other codes follows no redirect.
  const codes = redirectResponseCodes.filter((code) => redirects.has(code))
  return {
    maxInternalRedirects: policy.maxInternalRedirects ?? 1,
    responseCodes: redirectResponseCodes.length === 0 ? [302] : ascending(codes),
    predicates: policy.predicates ?? [],
    allowCrossSchemeRedirect: policy.allowCrossSchemeRedirect === true,
    responseHeadersToCopy: [...new Set(headers)].sort(),
  }
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

function ascending(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].sort((one, other) => one - other)
}
