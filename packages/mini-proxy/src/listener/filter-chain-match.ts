import {
  type IpBytes,
  type IpRange,
  isLoopback,
  rangeContains,
  tryParseIp,
  tryParseRange,
} from '../network/ip-address.ts'

/** `envoy.config.listener.v3.FilterChainMatch` in proto3 JSON; what is absent matches everything. */
export interface FilterChainMatchJson {
  readonly destinationPort?: number
  readonly prefixRanges?: readonly CidrRangeJson[]
  readonly serverNames?: readonly string[]
  readonly transportProtocol?: string
  readonly applicationProtocols?: readonly string[]
  readonly directSourcePrefixRanges?: readonly CidrRangeJson[]
  readonly sourceType?: 'ANY' | 'SAME_IP_OR_LOOPBACK' | 'EXTERNAL'
  readonly sourcePrefixRanges?: readonly CidrRangeJson[]
  readonly sourcePorts?: readonly number[]
}

interface CidrRangeJson {
  readonly addressPrefix?: string
  readonly prefixLen?: number
}

/** What is known of a connection once the listener filters are done. */
export interface ConnectionTraits {
  readonly destinationAddress: string
  readonly destinationPort: number
  /** Lower case; undefined when the client named none. */
  readonly serverName: string | undefined
  readonly transportProtocol: 'tls' | 'raw_buffer'
  /** In the client's order: ALPN, or what the HTTP inspector found. */
  readonly applicationProtocols: readonly string[]
  readonly sourceAddress: string
  readonly sourcePort: number
  /** The peer of the socket itself, when a proxy in front told another source. */
  readonly directSourceAddress: string
}

/** Finds the filter chain of a connection. */
export type FilterChainMatcher<Chain> = (traits: ConnectionTraits) => Chain | undefined

/**
 * Compiles the match rules of a listener's filter chains.
 *
 * Envoy's rule: criterion by criterion, in a fixed order, the chains that name the most specific value that fits are
 * kept, and if there are none, those that name no value. There is no way back: a chain that is more specific in an
 * early criterion and fails in a later one still shuts the others out. Cost: linear in the number of chains.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/listener/v3/listener_components.proto
 */
export function compileFilterChainMatch<Chain>(
  chains: readonly { readonly match: FilterChainMatchJson | undefined; readonly chain: Chain }[],
): FilterChainMatcher<Chain> {
  const candidates = chains.map(({ match, chain }) => ({ ...compileMatch(match ?? {}), chain }))
  return (traits) => {
    const known: Known = {
      traits,
      destination: tryParseIp(traits.destinationAddress),
      source: tryParseIp(traits.sourceAddress),
      directSource: tryParseIp(traits.directSourceAddress),
    }
    let left = candidates
    for (const rank of criteria) left = mostSpecific(left, known, rank)
    return left[0]?.chain
  }
}

interface CompiledMatch {
  readonly destinationPort: number | undefined
  readonly destinations: readonly IpRange[]
  readonly serverNames: readonly string[]
  readonly transportProtocol: string
  readonly applicationProtocols: readonly string[]
  readonly directSources: readonly IpRange[]
  readonly sourceType: 'ANY' | 'LOCAL' | 'EXTERNAL'
  readonly sources: readonly IpRange[]
  readonly sourcePorts: readonly number[]
}

interface Known {
  readonly traits: ConnectionTraits
  readonly destination: IpBytes | undefined
  readonly source: IpBytes | undefined
  readonly directSource: IpBytes | undefined
}

/** How specifically a rule fits: higher is more, 0 says that it names nothing, negative that it does not fit. */
type Criterion = (match: CompiledMatch, known: Known) => number

const noFit = -1

const criteria: readonly Criterion[] = [
  (match, { traits }) => rankOfOne(match.destinationPort, traits.destinationPort),
  (match, { destination }) => rankOfRanges(match.destinations, destination),
  (match, { traits }) => rankOfServerNames(match.serverNames, traits.serverName ?? ''),
  (match, { traits }) =>
    rankOfOne(
      match.transportProtocol === '' ? undefined : match.transportProtocol,
      traits.transportProtocol,
    ),
  (match, { traits }) => rankOfProtocols(match.applicationProtocols, traits.applicationProtocols),
  (match, { directSource }) => rankOfRanges(match.directSources, directSource),
  (match, known) => rankOfSourceType(match.sourceType, known),
  (match, { source }) => rankOfRanges(match.sources, source),
  (match, { traits }) => rankOfPorts(match.sourcePorts, traits.sourcePort),
]

function mostSpecific<Candidate extends CompiledMatch>(
  candidates: Candidate[],
  known: Known,
  rank: Criterion,
): Candidate[] {
  let best = noFit
  let kept: Candidate[] = []
  for (const candidate of candidates) {
    const its = rank(candidate, known)
    if (its < 0 || its < best) continue
    if (its > best) kept = []
    best = its
    kept.push(candidate)
  }
  return kept
}

function rankOfOne(wanted: number | string | undefined, actual: number | string): number {
  if (wanted === undefined) return 0
  return wanted === actual ? 1 : noFit
}

/** A range that covers everything counts as no range at all. */
function rankOfRanges(ranges: readonly IpRange[], address: IpBytes | undefined): number {
  if (ranges.length === 0) return 0
  if (address === undefined) return noFit
  let longest = noFit
  for (const range of ranges) {
    if (rangeContains(range, address)) longest = Math.max(longest, range.prefixLength)
  }
  return longest
}

/** An exact name beats every wildcard, a longer wildcard a shorter one. */
function rankOfServerNames(names: readonly string[], actual: string): number {
  if (names.length === 0) return 0
  let best = noFit
  for (const name of names) {
    if (name === actual) return Number.MAX_SAFE_INTEGER
    if (name.startsWith('*.') && actual.endsWith(name.slice(1)) && actual.length >= name.length) {
      best = Math.max(best, name.length)
    }
  }
  return best
}

/** The client's first protocol that any chain names decides. */
function rankOfProtocols(wanted: readonly string[], offered: readonly string[]): number {
  if (wanted.length === 0) return 0
  const first = offered.findIndex((it) => wanted.includes(it))
  return first === -1 ? noFit : offered.length - first
}

function rankOfSourceType(wanted: CompiledMatch['sourceType'], known: Known): number {
  if (wanted === 'ANY') return 0
  return (wanted === 'LOCAL') === isLocal(known) ? 1 : noFit
}

function isLocal({ source, destination, traits }: Known): boolean {
  if (source !== undefined && isLoopback(source)) return true
  return destination !== undefined && traits.sourceAddress === traits.destinationAddress
}

function rankOfPorts(ports: readonly number[], actual: number): number {
  if (ports.length === 0) return 0
  return ports.includes(actual) ? 1 : noFit
}

function compileMatch(match: FilterChainMatchJson): CompiledMatch {
  return {
    destinationPort: match.destinationPort,
    destinations: compileRanges(match.prefixRanges),
    serverNames: (match.serverNames ?? []).map((it) => it.toLowerCase()),
    transportProtocol: match.transportProtocol ?? '',
    applicationProtocols: match.applicationProtocols ?? [],
    directSources: compileRanges(match.directSourcePrefixRanges),
    sourceType: sourceTypeOf(match.sourceType),
    sources: compileRanges(match.sourcePrefixRanges),
    sourcePorts: match.sourcePorts ?? [],
  }
}

function sourceTypeOf(type: FilterChainMatchJson['sourceType']): CompiledMatch['sourceType'] {
  if (type === 'SAME_IP_OR_LOOPBACK') return 'LOCAL'
  return type ?? 'ANY'
}

function compileRanges(ranges: readonly CidrRangeJson[] | undefined): IpRange[] {
  return (ranges ?? []).flatMap(({ addressPrefix = '', prefixLen }) => {
    // An absent length is zero on the wire: the whole address space of the family.
    const range = tryParseRange(addressPrefix, prefixLen ?? 0)
    return range === undefined ? [] : [range]
  })
}
