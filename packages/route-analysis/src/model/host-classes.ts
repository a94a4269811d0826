import { cells } from '../language/cells.ts'
import {
  complement,
  exact,
  intersection,
  type Language,
  prefix,
  suffix,
  type Unknown,
} from '../language/language.ts'
import { universes } from '../language/universes.ts'
import { type Domains, findDomain } from './domains.ts'

/** Authorities that lead to the same virtual host in each configuration. */
export interface HostClass {
  /** Per configuration the virtual host; -1: none. */
  readonly virtualHosts: readonly number[]
  /** One of them. */
  readonly authority: string
}

/** Pairs of wildcards that are looked at. */
const mostPairs = 4_000_000

/**
 * Partitions the authorities by the virtual hosts that they lead to, in one configuration or in two at once.
 *
 * Exact domains are classes of one. Any other authority is told by the longest suffix and the longest prefix that fit it,
 * of all configurations together: what a shorter one would say follows from these. All sides must treat ports alike.
 */
export function hostClasses(sides: readonly Domains[]): readonly HostClass[] | Unknown {
  const found = new Classes(sides)
  for (const { exact: domains } of sides) for (const domain of domains.keys()) found.add(domain)
  const suffixes = wildcards(sides, 'suffixes')
  const prefixes = wildcards(sides, 'prefixes')
  if (suffixes.length * prefixes.length > mostPairs) {
    return { unknown: `${suffixes.length} suffixes of domains by ${prefixes.length} prefixes` }
  }
  for (const end of suffixes) {
    // A side that knows a suffix does not look at prefixes.
    const decided = sides.every((side) => side.suffixes.some(([text]) => end.endsWith(text)))
    for (const start of decided ? [''] : prefixes) {
      const failed = found.search(start, end)
      if (failed !== undefined) return failed
    }
  }
  return found.list
}

function wildcards(sides: readonly Domains[], kind: 'suffixes' | 'prefixes'): readonly string[] {
  const usable = sides.flatMap(({ ignorePort, [kind]: list }) =>
    list.map(([text]) => text).filter((text) => !(ignorePort && text.includes(':'))),
  )
  return [...new Set(['', ...usable])]
}

class Classes {
  readonly #sides: readonly Domains[]
  readonly #found = new Map<string, HostClass>()

  constructor(sides: readonly Domains[]) {
    this.#sides = sides
  }

  get list(): readonly HostClass[] {
    return [...this.#found.values()]
  }

  add(authority: string): readonly number[] {
    const virtualHosts = this.#sides.map((side) => findDomain(side, authority))
    const known = this.#found.get(virtualHosts.join())
    if (known === undefined || shorter(authority, known.authority)) {
      this.#found.set(virtualHosts.join(), { virtualHosts, authority })
    }
    return virtualHosts
  }

  /** Looks for an authority of which `start` and `end` are the longest wildcards that fit. */
  search(start: string, end: string): Unknown | undefined {
    const wanted = this.#sides.map((side) => byWildcard(side, start, end)).join()
    if (this.#found.has(wanted)) return undefined
    for (const filler of fillers) {
      if (this.add(start + filler + end).join() === wanted) return undefined
    }
    return this.#searchAll(start, end)
  }

  /** Every filler of the few is spoken for: asks for all authorities between the wildcards. */
  #searchAll(start: string, end: string): Unknown | undefined {
    const others = this.#sides.flatMap((side) => [
      ...[...side.exact.keys()].map((text) => exact(text)),
      ...side.suffixes.map(([text]) => longerThan(text, suffix(text))),
      ...side.prefixes.map(([text]) => longerThan(text, prefix(text))),
    ])
    const universe = intersection(
      longerThan(start, prefix(start)),
      longerThan(end, suffix(end)),
      universes.hostNames,
    )
    const result = cells(others, universe)
    if ('unknown' in result) return result
    for (const { witness } of result.cells) this.add(witness)
    return undefined
  }
}

function byWildcard(side: Domains, start: string, end: string): number {
  const bySuffix = side.suffixes.find(([text]) => end.endsWith(text))
  if (bySuffix !== undefined) return bySuffix[1]
  return side.prefixes.find(([text]) => start.startsWith(text))?.[1] ?? side.any
}

function longerThan(text: string, language: Language): Language {
  return intersection(language, complement(exact(text)))
}

/** Short ones first; digits, for a wildcard may end within a port. */
const fillers: readonly string[] = [
  ...'abcdefghijklmnopqrstuvwxyz0123456789',
  'host',
  'other',
  'some.host',
  '10',
  'x-0-y',
]

function shorter(a: string, b: string): boolean {
  return a.length < b.length || (a.length === b.length && a < b)
}
