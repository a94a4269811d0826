import type { CorsPolicy } from '@meshwright/mesh-config'
import type { CorsPolicyJson } from '@meshwright/xds-types/envoy/extensions/filters/http/cors/v3'
import { present } from './present.ts'
import { stringMatcher } from './string-match.ts'

/** The CORS filter's configuration for one route. */
export function corsConfig(policy: CorsPolicy): CorsPolicyJson {
  const origins = [
    ...(policy.allowOrigins ?? []).map((match) => stringMatcher(match) ?? { prefix: '' }),
    ...(policy.allowOrigin ?? []).map((origin) =>
      origin === '*' ? { safeRegex: { regex: '.*' } } : { exact: origin },
    ),
  ]
  return present({
    allowOriginStringMatch: origins.length > 0 ? origins : undefined,
    allowMethods: listed(policy.allowMethods),
    allowHeaders: listed(policy.allowHeaders),
    exposeHeaders: listed(policy.exposeHeaders),
    maxAge: policy.maxAge === undefined ? undefined : seconds(policy.maxAge),
    allowCredentials: policy.allowCredentials,
    filterEnabled: { defaultValue: { numerator: 100 } },
    forwardNotMatchingPreflights: policy.unmatchedPreflights !== 'IGNORE',
  })
}

function listed(values: readonly string[] | undefined): string | undefined {
  return values === undefined || values.length === 0 ? undefined : values.join(',')
}

function seconds(duration: string): string {
  return String(Math.trunc(Number.parseFloat(duration)))
}
