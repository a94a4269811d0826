import type { Request } from '../request/request.ts'
import type { Match } from '../table/match.ts'
import type { FormatTemplate } from './rewrite.ts'

/** How a request becomes a descriptor for a rate limit service. */
export interface RateLimitPolicy {
  /** From 0 to 10: the filter of the same stage applies it. */
  readonly stage: number
  /** Undefined: it cannot be switched off. */
  readonly disableKey: string | undefined
  /** It is applied when the stream ends, and not before the request goes upstream. */
  readonly applyOnStreamDone: boolean
  readonly actions: readonly RateLimitAction[]
  /** Where dynamic metadata may hold another limit. */
  readonly limitOverride: MetadataPath | undefined
  /** How often a request counts, or a template that says it. Undefined: as the service has it. */
  readonly hitsAddend: number | string | undefined
  /** Whether `x-ratelimit-…` headers tell the client, over what the filter says. */
  readonly headersOption: 'UNSPECIFIED' | 'OFF' | 'DRAFT_VERSION_03'
}

/** What makes one entry of a descriptor. */
export interface RateLimitAction {
  readonly kind: string
  /** The action as plain data, in the one form that equal ones share. */
  readonly settings: Readonly<Record<string, unknown>>
  /** The entry; `'skip'`: none, but the others stand; undefined: there is no descriptor. */
  entry(request: Request, context: RateLimitContext): DescriptorEntry | 'skip' | undefined
}

/** One entry of a rate limit descriptor. */
export interface DescriptorEntry {
  readonly key: string
  readonly value: string
}

/** A place in metadata. */
export interface MetadataPath {
  /** The namespace. */
  readonly filter: string
  readonly path: readonly string[]
}

/** What a rate limit service is asked about. */
export interface RateLimitDescriptor {
  readonly entries: readonly DescriptorEntry[]
  /** Over the service's own limit; undefined: none. */
  readonly limit: { readonly requestsPerUnit: number; readonly unit: RateLimitUnit } | undefined
  /** Undefined: as the service has it. */
  readonly hitsAddend: number | undefined
  readonly headersOption: RateLimitPolicy['headersOption']
}

/** Envoy's units of a rate limit. */
export type RateLimitUnit = (typeof units)[number]

/** What descriptors may say of more than the request. */
export interface RateLimitContext {
  /** Where the request goes and the metadata of its route. */
  readonly match: Pick<Match, 'cluster' | 'route'>
  /** The cluster of this proxy itself. Default: empty. */
  readonly sourceCluster?: string
  /** Default: 0. */
  readonly stage?: number
  /** The stream is over: only policies with `apply_on_stream_done` count, which otherwise do not. Default: false. */
  readonly streamDone?: boolean
  /** Whether runtime switches the policies with this `disable_key` off. Default: never. */
  readonly isDisabled?: (disableKey: string) => boolean
  /** Fills in the `%…%` operator of `hits_addend`, and those of descriptor values if they are to be. Default: they stay as they are. */
  readonly format?: FormatTemplate
  /**
   * Operators in descriptor values are filled in, and a value that comes out empty gives way to its default. Default: false.
   * Envoy: the runtime feature `enable_formatter_for_ratelimit_action_descriptor_value`, which is off unless set.
   */
  readonly formatsDescriptorValues?: boolean
}

/**
 * The descriptors of a request, one for each policy of the stage whose actions all have something to say, in order, as Envoy's
 * rate limit filter makes them. The address of the request is that of its connection.
 */
export function rateLimitDescriptors(
  policies: readonly RateLimitPolicy[],
  request: Request,
  context: RateLimitContext,
): readonly RateLimitDescriptor[] {
  const { stage = 0, streamDone = false, isDisabled } = context
  const descriptors: RateLimitDescriptor[] = []
  for (const policy of policies) {
    if (policy.stage !== stage || policy.applyOnStreamDone !== streamDone) continue
    if (policy.disableKey !== undefined && isDisabled?.(policy.disableKey) === true) continue
    const descriptor = descriptorOf(policy, request, context)
    if (descriptor !== undefined) descriptors.push(descriptor)
  }
  return descriptors
}

function descriptorOf(
  policy: RateLimitPolicy,
  request: Request,
  context: RateLimitContext,
): RateLimitDescriptor | undefined {
  const entries: DescriptorEntry[] = []
  for (const action of policy.actions) {
    const entry = action.entry(request, context)
    if (entry === undefined) return undefined
    if (entry !== 'skip') entries.push(entry)
  }
  const hitsAddend = hitsOf(policy.hitsAddend, context)
  if (hitsAddend === 'invalid') return undefined
  const { limitOverride, headersOption } = policy
  const limit = limitOverride === undefined ? undefined : limitOf(limitOverride, request)
  return { entries, limit, hitsAddend, headersOption }
}

/** The most that Envoy takes. */
const maxHits = 1_000_000_000

function hitsOf(
  hitsAddend: RateLimitPolicy['hitsAddend'],
  { format }: RateLimitContext,
): number | 'invalid' | undefined {
  if (typeof hitsAddend !== 'string') return hitsAddend
  const text = (format?.(hitsAddend, false) ?? hitsAddend).trim()
  const hits = text === '' ? Number.NaN : Number(text)
  return hits >= 0 && hits <= maxHits ? Math.trunc(hits) : 'invalid'
}

const units = ['UNKNOWN', 'SECOND', 'MINUTE', 'HOUR', 'DAY', 'MONTH', 'YEAR', 'WEEK'] as const

/** What is not an object with both members is as if it were not there. */
function limitOf(
  { filter, path }: MetadataPath,
  request: Request,
): RateLimitDescriptor['limit'] | undefined {
  const found = request.metadata?.(filter, path)
  if (typeof found !== 'object' || found === null) return undefined
  const { requests_per_unit: requestsPerUnit, unit: name }: Record<string, unknown> = { ...found }
  const unit = units.find((it) => it === name)
  if (typeof requestsPerUnit !== 'number' || unit === undefined) return undefined
  return { requestsPerUnit: Math.trunc(requestsPerUnit), unit }
}
