import { type Findings, fault } from '../config/findings.ts'
import type { CidrRangeJson, MatcherTreeJson, OnMatchJson } from '../config/matcher-config.ts'
import { oneOf } from '../config/one-of.ts'
import { readTypedConfig, typeName } from '../config/typed-config.ts'
import { compileCidrRange } from '../predicate/cidr-range.ts'
import { type IpAddress, parseIpAddress } from '../request/ip-address.ts'
import { PrefixTrie } from '../search/prefix-trie.ts'

/** A place in a tree. */
export interface TreeEntry<Follow> {
  /** In words. */
  readonly key: string
  /** What follows from a match. */
  readonly follow: Follow
  /** Counts only if no entry before it was asked. */
  readonly exclusive?: boolean
}

/** The entries that fit a text, the one to ask first at the front. */
export type TreeLookup<Follow> = (text: string) => readonly TreeEntry<Follow>[]

/** What the entries of a tree compile in. */
export interface LookupContext<Follow> {
  readonly findings: Findings
  /** Compiles what follows from a match. */
  follow(onMatch: OnMatchJson, path: string): Follow
}

/** Compiles the entries of a matcher tree: an exact map, a prefix map, ranges of addresses or domains. */
export function compileTreeLookup<Follow>(
  tree: MatcherTreeJson,
  path: string,
  context: LookupContext<Follow>,
): TreeLookup<Follow> {
  switch (oneOf(tree, kinds, path, context.findings)) {
    case 'exactMatchMap':
      return exactLookup(tree.exactMatchMap?.map ?? {}, `${path}.exactMatchMap.map`, context)
    case 'prefixMatchMap':
      return prefixLookup(tree.prefixMatchMap?.map ?? {}, `${path}.prefixMatchMap.map`, context)
    case 'customMatch':
      return customLookup(tree.customMatch?.typedConfig, `${path}.customMatch.typedConfig`, context)
    case undefined:
      return () => []
  }
}

const kinds = ['exactMatchMap', 'prefixMatchMap', 'customMatch'] as const

function mapEntries<Follow>(
  map: Readonly<Record<string, OnMatchJson>>,
  path: string,
  context: LookupContext<Follow>,
): [key: string, entry: TreeEntry<Follow>][] {
  const entries = Object.entries(map)
  if (entries.length === 0) fault(context.findings, path, 'expected at least one entry, got none')
  return entries.map(([key, onMatch]) => {
    const words = JSON.stringify(key)
    return [key, { key: words, follow: context.follow(onMatch, `${path}[${words}]`) }]
  })
}

function exactLookup<Follow>(
  map: Readonly<Record<string, OnMatchJson>>,
  path: string,
  context: LookupContext<Follow>,
): TreeLookup<Follow> {
  const entries = new Map(mapEntries(map, path, context).map(([key, entry]) => [key, [entry]]))
  return (text) => entries.get(text) ?? []
}

function prefixLookup<Follow>(
  map: Readonly<Record<string, OnMatchJson>>,
  path: string,
  context: LookupContext<Follow>,
): TreeLookup<Follow> {
  const trie = new PrefixTrie(mapEntries(map, path, context), (entries) => entries)
  return (text) => trie.valuesAlong(text).flat()
}

const ipType = 'xds.type.matcher.v3.IPMatcher'
const domainType = 'xds.type.matcher.v3.ServerNameMatcher'

function customLookup<Follow>(
  config: unknown,
  path: string,
  context: LookupContext<Follow>,
): TreeLookup<Follow> {
  const typed = readTypedConfig(config)
  if (typed?.type === ipType) return ipLookup(typed.fields, path, context)
  if (typed?.type === domainType) return domainLookup(typed.fields, path, context)
  const got = typeName(config)
  fault(context.findings, path, `expected one of ${ipType}, ${domainType}, got ${got}`)
  return () => []
}

interface IpMatcherJson {
  readonly rangeMatchers?: readonly {
    readonly ranges?: readonly CidrRangeJson[]
    readonly onMatch?: OnMatchJson
    readonly exclusive?: boolean
  }[]
}

/** The ranges by family and length of prefix, the longest first, each a map from the bits of its prefix. */
function ipLookup<Follow>(
  { rangeMatchers = [] }: IpMatcherJson,
  path: string,
  context: LookupContext<Follow>,
): TreeLookup<Follow> {
  const at = `${path}.rangeMatchers`
  if (rangeMatchers.length === 0) {
    fault(context.findings, at, 'expected at least one range matcher, got none')
  }
  const table = new IpTable<TreeEntry<Follow>>()
  for (const [i, { ranges = [], onMatch = {}, exclusive = false }] of rangeMatchers.entries()) {
    const compiled = context.follow(onMatch, `${at}[${i}].onMatch`)
    if (ranges.length === 0) {
      fault(context.findings, `${at}[${i}].ranges`, 'expected at least one range, got none')
    }
    for (const [j, range] of ranges.entries()) {
      // Only for its faults: the table asks no range one by one.
      compileCidrRange(range, `${at}[${i}].ranges[${j}]`, context.findings)
      const { addressPrefix = '', prefixLen = 0 } = range
      table.add(addressPrefix, prefixLen, {
        key: `${addressPrefix}/${prefixLen}`,
        follow: compiled,
        exclusive,
      })
    }
  }
  return (text) => table.find(text)
}

interface IpLevel<V> {
  readonly version: IpAddress['version']
  /** The bits that do not count. */
  readonly shift: bigint
  readonly values: Map<bigint, V[]>
}

class IpTable<V> {
  readonly #levels: IpLevel<V>[] = []

  add(prefix: string, length: number, value: V): void {
    const address = parseIpAddress(prefix)
    if (address === undefined) return
    const shift = BigInt(Math.max(0, (address.version === 4 ? 32 : 128) - length))
    const { values } = this.#level(address.version, shift)
    const bits = address.bits >> shift
    const list = values.get(bits)
    if (list === undefined) values.set(bits, [value])
    else list.push(value)
  }

  #level(version: IpAddress['version'], shift: bigint): IpLevel<V> {
    const known = this.#levels.find((it) => it.version === version && it.shift === shift)
    if (known !== undefined) return known
    const level = { version, shift, values: new Map<bigint, V[]>() }
    this.#levels.push(level)
    this.#levels.sort((a, b) => Number(a.shift - b.shift))
    return level
  }

  /** The longest prefix first; among equals the one that was added first. */
  find(text: string): readonly V[] {
    const address = parseIpAddress(text)
    if (address === undefined) return []
    const fitting = this.#levels.filter(({ version }) => version === address.version)
    return fitting.flatMap(({ shift, values }) => values.get(address.bits >> shift) ?? [])
  }
}

interface ServerNameMatcherJson {
  readonly domainMatchers?: readonly {
    readonly domains?: readonly string[]
    readonly onMatch?: OnMatchJson
  }[]
}

function domainLookup<Follow>(
  { domainMatchers = [] }: ServerNameMatcherJson,
  path: string,
  context: LookupContext<Follow>,
): TreeLookup<Follow> {
  const at = `${path}.domainMatchers`
  if (domainMatchers.length === 0) {
    fault(context.findings, at, 'expected at least one domain matcher, got none')
  }
  const entries = new Map<string, TreeEntry<Follow>>()
  for (const [i, { domains = [], onMatch = {} }] of domainMatchers.entries()) {
    const compiled = context.follow(onMatch, `${at}[${i}].onMatch`)
    if (domains.length === 0) {
      fault(context.findings, `${at}[${i}].domains`, 'expected at least one domain, got none')
    }
    for (const [j, domain] of domains.entries()) {
      const place = `${at}[${i}].domains[${j}]`
      const again = entries.has(domain) ? ' again' : ''
      if (again !== '' || !/^(?:\*|(?:\*\.)?[^*]+)$/.test(domain)) {
        const got = `${JSON.stringify(domain)}${again}`
        fault(context.findings, place, `expected *, *.suffix or a domain of its own, got ${got}`)
      }
      entries.set(domain, { key: domain, follow: compiled })
    }
  }
  const longest = Math.max(0, ...[...entries.keys()].map(({ length }) => length))
  return (text) => (text === '' ? [] : domainEntries(entries, text, longest))
}

/** The domain itself, then the wildcards, the longest first; letters as they are written, as in Envoy. */
function domainEntries<V>(
  entries: ReadonlyMap<string, V>,
  domain: string,
  longest: number,
): readonly V[] {
  const keys = domain.length > longest ? [] : [domain]
  // Suffixes that are longer than every entry need no look: a text of dots would have too many.
  const start = Math.max(0, domain.length - longest)
  for (let dot = domain.indexOf('.', start); dot !== -1; dot = domain.indexOf('.', dot + 1)) {
    keys.push(`*${domain.slice(dot)}`)
  }
  return [...keys, '*'].flatMap((key) => entries.get(key) ?? [])
}
