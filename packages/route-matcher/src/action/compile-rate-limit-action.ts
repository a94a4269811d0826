import { enumName } from '../config/enum-name.ts'
import { type Findings, fault } from '../config/findings.ts'
import { oneOf } from '../config/one-of.ts'
import type {
  DescriptorValueJson,
  MetadataActionJson,
  MetadataKeyJson,
  RateLimitActionJson,
} from '../config/rate-limit-config.ts'
import { canonicalHeaderMatcher, canonicalQueryMatcher } from '../predicate/canonical-matchers.ts'
import { compileHeaderMatcher, matchesHeader } from '../predicate/header-matcher.ts'
import { compileQueryMatchers, decodedQuery } from '../request/decoded-query.ts'
import { maskIpAddress } from '../request/mask-ip-address.ts'
import { firstHeaderValue } from '../request/subject.ts'
import type {
  DescriptorEntry,
  MetadataPath,
  RateLimitAction,
  RateLimitContext,
} from './rate-limit.ts'

/** Compiles one action of a rate limit. */
export function compileRateLimitAction(
  action: RateLimitActionJson,
  path: string,
  findings: Findings,
): RateLimitAction {
  const kind = oneOf(action, kinds, path, findings)
  // A fault was noted; the rest is compiled all the same.
  if (kind === undefined) return { kind: 'none', settings: {}, entry: () => undefined }
  return { kind, ...compilers[kind](action, `${path}.${kind}`, findings) }
}

/** The namespace and the path of a metadata key; both are needed. */
export function metadataPath(
  { key, path: segments = [] }: MetadataKeyJson,
  path: string,
  findings: Findings,
): MetadataPath {
  if (segments.length === 0) fault(findings, `${path}.path`, 'expected at least one key, got none')
  return {
    filter: required(key, `${path}.key`, findings),
    path: segments.map((segment, i) => required(segment.key, `${path}.path[${i}].key`, findings)),
  }
}

type Compiled = Omit<RateLimitAction, 'kind'>
type Compiler = (action: RateLimitActionJson, path: string, findings: Findings) => Compiled

const compilers = {
  sourceCluster: () => always('source_cluster', (_, { sourceCluster = '' }) => sourceCluster),
  destinationCluster: () => always('destination_cluster', (_, { match }) => match.cluster ?? ''),
  requestHeaders: ({ requestHeaders = {} }, path, findings) => {
    const header = (requestHeaders.headerName ?? '').toLowerCase()
    required(header, `${path}.headerName`, findings)
    const key = required(requestHeaders.descriptorKey, `${path}.descriptorKey`, findings)
    const skipIfAbsent = requestHeaders.skipIfAbsent === true
    return {
      settings: { header, key, skipIfAbsent },
      entry: (request) => entryOr(key, firstHeaderValue(request, header), skipIfAbsent),
    }
  },
  queryParameters: ({ queryParameters = {} }, path, findings) => {
    const name = required(
      queryParameters.queryParameterName,
      `${path}.queryParameterName`,
      findings,
    )
    const key = required(queryParameters.descriptorKey, `${path}.descriptorKey`, findings)
    const skipIfAbsent = queryParameters.skipIfAbsent === true
    return {
      settings: { name, key, skipIfAbsent },
      entry: (request) => entryOr(key, decodedQuery(request.path).get(name), skipIfAbsent),
    }
  },
  remoteAddress: () => ({
    settings: {},
    entry: ({ connection }) => {
      const value = connection?.sourceAddress
      return value === undefined ? undefined : { key: 'remote_address', value }
    },
  }),
  maskedRemoteAddress: ({ maskedRemoteAddress = {} }, path, findings) => {
    const { v4PrefixMaskLen = 32, v6PrefixMaskLen = 128 } = maskedRemoteAddress
    atMost(v4PrefixMaskLen, 32, `${path}.v4PrefixMaskLen`, findings)
    atMost(v6PrefixMaskLen, 128, `${path}.v6PrefixMaskLen`, findings)
    return {
      settings: { v4PrefixMaskLen, v6PrefixMaskLen },
      entry: ({ connection }) => {
        const address = connection?.sourceAddress ?? ''
        const value = maskIpAddress(address, v4PrefixMaskLen, v6PrefixMaskLen)
        return value === undefined ? undefined : { key: 'masked_remote_address', value }
      },
    }
  },
  genericKey: ({ genericKey = {} }, path, findings) => {
    const value = describedValue(genericKey, 'generic_key', path, findings)
    return { settings: value.settings, entry: (_, context) => value.entry(context) }
  },
  headerValueMatch: ({ headerValueMatch = {} }, path, findings) => {
    const value = describedValue(headerValueMatch, 'header_match', path, findings)
    const { expectMatch = true, headers = [] } = headerValueMatch
    const tests = headers.map((header, i) =>
      compileHeaderMatcher(header, `${path}.headers[${i}]`, findings),
    )
    if (tests.length === 0) fault(findings, `${path}.headers`, 'expected a header, got none')
    return {
      settings: { ...value.settings, expectMatch, headers: headers.map(canonicalHeaderMatcher) },
      entry: (request, context) => {
        const matches = tests.every((test) => matchesHeader(test, request))
        return matches === expectMatch ? value.entry(context) : undefined
      },
    }
  },
  queryParameterValueMatch: ({ queryParameterValueMatch = {} }, path, findings) => {
    const value = describedValue(queryParameterValueMatch, 'query_match', path, findings)
    const { expectMatch = true, queryParameters = [] } = queryParameterValueMatch
    const at = `${path}.queryParameters`
    const matches = compileQueryMatchers(queryParameters, at, findings)
    if (queryParameters.length === 0) fault(findings, at, 'expected a parameter, got none')
    const canonical = queryParameters.map(canonicalQueryMatcher)
    return {
      settings: { ...value.settings, expectMatch, queryParameters: canonical },
      entry: ({ path: text }, context) =>
        matches(decodedQuery(text)) === expectMatch ? value.entry(context) : undefined,
    }
  },
  dynamicMetadata: ({ dynamicMetadata = {} }, path, findings) =>
    metadataAction(dynamicMetadata, { source: 'DYNAMIC', skipIfAbsent: false }, path, findings),
  metadata: ({ metadata = {} }, path, findings) => {
    const source = enumName(metadata.source, sources, `${path}.source`, findings)
    const more = { source: source || 'DYNAMIC', skipIfAbsent: metadata.skipIfAbsent === true }
    return metadataAction(metadata, more, path, findings)
  },
  extension: (_, path, findings) => {
    fault(findings, path, 'not supported')
    return { settings: {}, entry: () => undefined }
  },
} as const satisfies Readonly<Record<keyof RateLimitActionJson, Compiler>>

// The table has these members and no others.
const kinds = Object.keys(compilers) as (keyof typeof compilers)[]

const sources = ['DYNAMIC', 'ROUTE_ENTRY'] as const

function always(
  key: string,
  value: (request: unknown, context: RateLimitContext) => string,
): Compiled {
  return {
    settings: {},
    entry: (request, context) => ({ key, value: value(request, context) }),
  }
}

function entryOr(
  key: string,
  value: string | undefined,
  skipIfAbsent: boolean,
): DescriptorEntry | 'skip' | undefined {
  if (value !== undefined) return { key, value }
  return skipIfAbsent ? 'skip' : undefined
}

interface DescribedValue {
  readonly settings: Readonly<Record<string, unknown>>
  entry(context: RateLimitContext): DescriptorEntry | undefined
}

/** A value that may hold operators; one that comes out empty gives way to the default, and without one there is no descriptor. */
function describedValue(
  given: DescriptorValueJson,
  defaultKey: string,
  path: string,
  findings: Findings,
): DescribedValue {
  const value = required(given.descriptorValue, `${path}.descriptorValue`, findings)
  const key = given.descriptorKey || defaultKey
  const defaultValue = given.defaultValue ?? ''
  return {
    settings: { key, value, defaultValue },
    entry: ({ format, formatsDescriptorValues }) => {
      if (formatsDescriptorValues !== true || format === undefined) return { key, value }
      const formatted = format(value, true) || defaultValue
      return formatted === '' ? undefined : { key, value: formatted }
    },
  }
}

interface MetadataOptions {
  readonly source: (typeof sources)[number]
  readonly skipIfAbsent: boolean
}

function metadataAction(
  given: MetadataActionJson,
  { source, skipIfAbsent }: MetadataOptions,
  path: string,
  findings: Findings,
): Compiled {
  const key = required(given.descriptorKey, `${path}.descriptorKey`, findings)
  const at = metadataPath(given.metadataKey ?? {}, `${path}.metadataKey`, findings)
  const defaultValue = given.defaultValue ?? ''
  return {
    settings: { key, metadata: at, defaultValue, source, skipIfAbsent },
    entry: (request, { match }) => {
      const found =
        source === 'DYNAMIC'
          ? request.metadata?.(at.filter, at.path)
          : memberAt(match.route.metadata, [at.filter, ...at.path])
      const value = (typeof found === 'string' ? found : '') || defaultValue
      return entryOr(key, value === '' ? undefined : value, skipIfAbsent)
    },
  }
}

function memberAt(value: unknown, path: readonly string[]): unknown {
  let found = value
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined
    found = Object.entries(found).find(([key]) => key === name)?.[1]
  }
  return found
}

function required(text: string | undefined, path: string, findings: Findings): string {
  if (text === undefined || text === '') fault(findings, path, 'expected text, got none')
  return text ?? ''
}

function atMost(value: number, most: number, path: string, findings: Findings): void {
  if (value > most) fault(findings, path, `expected at most ${most}, got ${value}`)
}
