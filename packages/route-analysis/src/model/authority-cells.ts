import { cells } from '../language/cells.ts'
import {
  complement,
  everything,
  exact,
  intersection,
  type Language,
  prefix,
  suffix,
  type Unknown,
} from '../language/language.ts'
import { regularExpression } from '../language/regular-expression.ts'
import type { HostExample, Test } from './dimension.ts'
import type { Domains } from './domains.ts'

/** Authorities that lead to the same virtual hosts, cut further by tests of the authority. */
export interface AuthorityClass {
  /** Per configuration the virtual host; -1: none. */
  readonly virtualHosts: readonly number[]
  /** One for each way the tests come out. */
  readonly hosts: readonly HostExample[]
}

/** As {@link hostClasses}, where conditions look at the authority too, or where sides treat ports differently. */
export function authorityCells(
  sides: readonly Domains[],
  tests: readonly Test[],
): readonly AuthorityClass[] | Unknown {
  const universe = regularExpression(authorities)
  if ('unknown' in universe) return universe
  const languages = tests.map(({ language = everything }) => language)
  const ranked: Ranked[] = sides.map(() => new Map())
  for (const [index, side] of sides.entries()) {
    for (const [language, virtualHost] of domainLanguages(side)) {
      if ('unknown' in language) return language
      ranked[index]?.set(languages.push(language) - 1, virtualHost)
    }
  }
  const result = cells(languages, universe)
  if ('unknown' in result) return result
  const found = new Map<string, { virtualHosts: readonly number[]; hosts: HostExample[] }>()
  for (const { witness, holds } of result.cells) {
    const held = new Set(holds)
    const virtualHosts = sides.map(({ any }, index) =>
      firstHeld(ranked[index] ?? new Map(), holds, any),
    )
    const passed = tests.filter((_, index) => held.has(index)).map(({ number }) => number)
    const example = { authority: witness, holds: passed }
    const known = found.get(virtualHosts.join())
    if (known === undefined) found.set(virtualHosts.join(), { virtualHosts, hosts: [example] })
    else known.hosts.push(example)
  }
  return [...found.values()]
}

/** A host name or a bracketed address, and perhaps a port. */
const authorities = '(?:[A-Za-z0-9._~-]+|\\[[0-9A-Fa-f:.]+\\])(?::[0-9]{1,5})?'

/** Virtual hosts by the places of their languages; a language that is looked for first has a lower place. */
type Ranked = Map<number, number>

function firstHeld(ranked: Ranked, holds: readonly number[], any: number): number {
  for (const place of holds) {
    const virtualHost = ranked.get(place)
    if (virtualHost !== undefined) return virtualHost
  }
  return any
}

function* domainLanguages(side: Domains): Generator<readonly [Language | Unknown, number]> {
  const { ignorePort } = side
  const insensitive = { ignoreCase: true }
  for (const [text, host] of side.exact) {
    yield [ignorePort ? withPort(text) : exact(text, insensitive), host]
  }
  for (const [text, host] of side.suffixes) {
    yield [ignorePort ? withPort(text, 'before') : wild(suffix, text), host]
  }
  for (const [text, host] of side.prefixes) {
    yield [ignorePort ? withPort(text, 'after') : wild(prefix, text), host]
  }
}

/** A wildcard stands for one character at least. */
function wild(kind: typeof suffix, text: string): Language {
  const insensitive = { ignoreCase: true }
  return intersection(kind(text, insensitive), complement(exact(text, insensitive)))
}

/** The authorities that fit once their port is gone. */
function withPort(text: string, any?: 'before' | 'after'): Language | Unknown {
  const quoted = text.replace(/[^A-Za-z0-9]/g, (character) => `\\x{${hex(character)}}`)
  // What is left without a port has a colon within brackets only.
  const some = '(?:[^:]|\\[[^\\]]*\\])+'
  const host = `${any === 'before' ? some : ''}${quoted}${any === 'after' ? some : ''}`
  const fits = regularExpression(`(?i:${host})(?::[0-9]+)?`)
  if (!text.includes(':') || text.startsWith('[') || 'unknown' in fits) return fits
  return regularExpression('[^\\x00-\\x{10FFFF}]')
}

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16)
}
