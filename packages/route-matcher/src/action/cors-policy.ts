import type { CorsAnswer } from '../answer/route-answer.ts'
import { checkFields } from '../config/check-fields.ts'
import type { RuntimeFractionJson, StringMatcherJson } from '../config/config.ts'
import type { Findings } from '../config/findings.ts'
import { withoutUndefined } from '../config/without-undefined.ts'
import { canonicalStringMatcher } from '../predicate/canonical-matchers.ts'
import { compileFraction } from '../predicate/fraction.ts'
import { compileStringMatcher } from '../predicate/string-matcher.ts'
import type { Fraction } from './action.ts'

/** What cross-origin requests may do, for the filter that answers preflight requests and marks responses. */
export interface CorsPolicy {
  /** Share of the requests for which it is in force, and the runtime key that overrides it. */
  readonly enabled: RuntimeFraction
  /** Share of the requests of which only statistics are kept. */
  readonly shadowEnabled: RuntimeFraction
  /** Values of response headers; empty: the header is not sent. `*` in methods and headers: what the client asks for. */
  readonly allowMethods: string
  readonly allowHeaders: string
  readonly exposeHeaders: string
  readonly maxAge: string
  readonly allowCredentials: boolean
  readonly allowPrivateNetworkAccess: boolean
  /** A preflight request from an origin that is not allowed goes upstream, and is not answered here. Default: true. */
  readonly forwardNotMatchingPreflights: boolean
  /** Whether the value of `origin` is allowed. Linear in its length. */
  allowsOrigin(origin: string): boolean
}

/** A share of the requests, and the runtime key, if any, that overrides it. */
export interface RuntimeFraction extends Fraction {
  readonly runtimeKey: string | undefined
}

/** `envoy.extensions.filters.http.cors.v3.CorsPolicy`, and the older message of the same fields. */
export interface CorsPolicyJson {
  readonly allowOriginStringMatch?: readonly StringMatcherJson[]
  readonly allowMethods?: string
  readonly allowHeaders?: string
  readonly exposeHeaders?: string
  readonly maxAge?: string
  readonly allowCredentials?: boolean
  readonly filterEnabled?: RuntimeFractionJson
  readonly shadowEnabled?: RuntimeFractionJson
  readonly allowPrivateNetworkAccess?: boolean
  readonly forwardNotMatchingPreflights?: boolean
}

/**
 * Makes one policy of those of all levels, the most specific first, as Envoy's filter does: each field is that of the first level
 * that says something; whether the policy is in force is for the first alone to say.
 */
export function compileCors(
  levels: readonly unknown[],
  path: string,
  findings: Findings,
): CorsPolicy {
  const policies = levels.map((level) => readPolicy(level, path, findings))
  const answer = mergePolicies(policies, path, findings)
  const tests = answer.allowOrigins.map((matcher) => compileStringMatcher(matcher, path, findings))
  const allowsAll = tests.some(({ test }) => test('*'))
  const { allowOrigins, enabledRuntimeKey, shadowEnabledRuntimeKey, ...rest } = answer
  return {
    ...rest,
    enabled: { ...answer.enabled, runtimeKey: enabledRuntimeKey },
    shadowEnabled: { ...answer.shadowEnabled, runtimeKey: shadowEnabledRuntimeKey },
    allowsOrigin: (origin) => allowsAll || tests.some(({ test }) => test(origin)),
  }
}

/** The same as data. */
export function describeCors(
  levels: readonly unknown[],
  path: string,
  findings: Findings,
): CorsAnswer {
  const policies = levels.map((level) => readPolicy(level, path, findings))
  return mergePolicies(policies, path, findings)
}

const always: Fraction = { numerator: 100, denominator: 100 }
const never: Fraction = { numerator: 0, denominator: 100 }

function mergePolicies(
  policies: readonly CorsPolicyJson[],
  path: string,
  findings: Findings,
): CorsAnswer {
  const [first = {}] = policies
  const { filterEnabled, shadowEnabled } = first
  const text = (name: TextField): string =>
    policies.map((policy) => policy[name] ?? '').find((it) => it !== '') ?? ''
  const flag = (name: FlagField): boolean | undefined =>
    policies.map((policy) => policy[name]).find((it) => it !== undefined)
  const origins = policies.find(({ allowOriginStringMatch: it = [] }) => it.length > 0)
  return withoutUndefined({
    allowOrigins: (origins?.allowOriginStringMatch ?? []).map(canonicalStringMatcher),
    allowMethods: text('allowMethods'),
    allowHeaders: text('allowHeaders'),
    exposeHeaders: text('exposeHeaders'),
    maxAge: text('maxAge'),
    allowCredentials: flag('allowCredentials') ?? false,
    allowPrivateNetworkAccess: flag('allowPrivateNetworkAccess') ?? false,
    forwardNotMatchingPreflights: flag('forwardNotMatchingPreflights') ?? true,
    enabled:
      filterEnabled === undefined
        ? always
        : compileFraction(filterEnabled, `${path}.filterEnabled`, findings),
    enabledRuntimeKey: filterEnabled?.runtimeKey || undefined,
    shadowEnabled:
      shadowEnabled === undefined
        ? never
        : compileFraction(shadowEnabled, `${path}.shadowEnabled`, findings),
    shadowEnabledRuntimeKey: shadowEnabled?.runtimeKey || undefined,
  })
}

type TextField = 'allowMethods' | 'allowHeaders' | 'exposeHeaders' | 'maxAge'
type FlagField = 'allowCredentials' | 'allowPrivateNetworkAccess' | 'forwardNotMatchingPreflights'

/** A policy whose fields are wrong is a fault, and allows nothing. */
function readPolicy(level: unknown, path: string, findings: Findings): CorsPolicyJson {
  const { '@type': _, ...fields }: Record<string, unknown> = { ...Object(level) }
  const before = findings.faults.length
  checkFields(fields, 'CorsPolicy', path, findings)
  return findings.faults.length > before ? {} : fields
}
