import { type CodePointSet, charactersOf, intersect, invert, joinRanges } from './code-points.ts'
import type { Language } from './language.ts'
import type { PatternNode } from './pattern-node.ts'

/** What a part of a request can be: the strings that are asked about, and that witnesses are taken from. */
export interface Universes {
  /** A slash, then characters that stand in a path: no space, control character, `?` or `#`. Without the query. */
  readonly requestPaths: Language
  /** No control character but tab, no space or tab at either end; may be empty. */
  readonly headerValues: Language
  /** As sent, not decoded: no `&`, `#`, space or control character; may be empty. */
  readonly queryValues: Language
  /** The characters of RFC 6265, without quotes; may be empty. */
  readonly cookieValues: Language
  /** At least one of lower-case letters, digits and `-._:[]`. */
  readonly hostNames: Language
  /** At least one token character of RFC 9110. */
  readonly methods: Language
}

const visible = joinRanges([
  [0x21, 0x7e],
  [0x80, 0xd7ff],
  [0xe000, 0x10ffff],
])
const spaced = joinRanges([...visible, ...charactersOf(' \t')])
const alphanumeric: CodePointSet = joinRanges([
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x61, 0x7a],
])
const hostCharacters = joinRanges([[0x30, 0x39], [0x61, 0x7a], ...charactersOf('-._:[]')])
const tokenCharacters = joinRanges([...alphanumeric, ...charactersOf("!#$%&'*+-.^_`|~")])
const cookieCharacters = without([[0x21, 0x7e]], '",;\\')

/** The universes of the parts of a request. */
export const universes: Universes = {
  requestPaths: regular('request-paths', {
    kind: 'sequence',
    of: [one(charactersOf('/')), many(without(visible, '?#'))],
  }),
  headerValues: regular('header-values', {
    kind: 'repeat',
    of: {
      kind: 'sequence',
      of: [
        one(visible),
        {
          kind: 'repeat',
          of: { kind: 'sequence', of: [many(spaced), one(visible)] },
          min: 0,
          max: 1,
        },
      ],
    },
    min: 0,
    max: 1,
  }),
  queryValues: regular('query-values', many(without(visible, '&#'))),
  cookieValues: regular('cookie-values', many(cookieCharacters)),
  hostNames: regular('host-names', many(hostCharacters, 1)),
  methods: regular('methods', many(tokenCharacters, 1)),
}

function regular(name: string, pattern: PatternNode): Language {
  return { kind: 'regular', key: `universe(${name})`, pattern }
}

function without(set: CodePointSet, characters: string): CodePointSet {
  return intersect(set, invert(charactersOf(characters)))
}

function one(set: CodePointSet): PatternNode {
  return { kind: 'set', set }
}

function many(set: CodePointSet, min = 0): PatternNode {
  return { kind: 'repeat', of: one(set), min, max: Number.POSITIVE_INFINITY }
}
