import type { RouteConfigurationJson } from '@meshwright/route-matcher'
import { isObject, type JsonPath } from '../json.ts'
import { pathText } from '../route-source.ts'

/** A field that Envoy still reads and wants gone. */
export interface DeprecatedField {
  /** `virtualHosts[0].routes[2].route.cors` */
  readonly path: string
  /** What takes its place. */
  readonly instead: string
}

/** By their names in camelCase, which no other message of a route configuration has for something else. */
const replacements: ReadonlyMap<string, string> = new Map([
  ['googleRe2', 'nothing: RE2 is the only engine'],
  ['exactMatch', 'string_match.exact'],
  ['safeRegexMatch', 'string_match.safe_regex'],
  ['prefixMatch', 'string_match.prefix'],
  ['suffixMatch', 'string_match.suffix'],
  ['containsMatch', 'string_match.contains'],
  ['append', 'append_action'],
  ['cors', 'typed_per_filter_config with envoy.filters.http.cors'],
  ['maxGrpcTimeout', 'max_stream_duration.grpc_timeout_header_max'],
  ['grpcTimeoutOffset', 'max_stream_duration.grpc_timeout_header_offset'],
  ['internalRedirectAction', 'internal_redirect_policy'],
  ['maxInternalRedirects', 'internal_redirect_policy.max_internal_redirects'],
  ['includeVhRateLimits', 'typed_per_filter_config with envoy.filters.http.ratelimit'],
  ['totalWeight', 'nothing: it is the sum of the weights'],
])

/** Fields whose content is somebody else's. */
const opaque: ReadonlySet<string> = new Set(['filterMetadata', 'typedPerFilterConfig'])

/** The deprecated fields of a configuration, in the order they are written. Envoy warns of them; it does not refuse them. */
export function deprecatedFields(
  configuration: RouteConfigurationJson,
): readonly DeprecatedField[] {
  return fieldsIn(configuration, [])
}

function fieldsIn(value: unknown, path: JsonPath): readonly DeprecatedField[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => fieldsIn(item, [...path, index]))
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([name, member]) => {
    if (member === undefined || member === null) return []
    const at = [...path, name]
    const instead = replacements.get(name)
    const own = instead === undefined ? [] : [{ path: pathText(at), instead }]
    return opaque.has(name) ? own : [...own, ...fieldsIn(member, at)]
  })
}
