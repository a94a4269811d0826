import { type Alphabet, alphabetOf } from './alphabet.ts'
import type { Atom } from './atoms.ts'
import { type CodePointSet, joinRanges } from './code-points.ts'
import type { LiteralLanguage } from './language.ts'
import type { LiteralTrack } from './literal-track.ts'
import { Literals } from './literals.ts'
import { Nfa, type NfaLimits, type OwnedPattern } from './nfa.ts'
import { NumberSets } from './number-sets.ts'
import { Partitions } from './partitions.ts'
import type { PatternNode } from './pattern-node.ts'
import { hasAssertion, setsOf } from './pattern-sets.ts'
import type { CharacterClass } from './resolve-assertions.ts'
import { splitLiteral } from './split-literal.ts'
import { stickyStates } from './sticky-states.ts'
import { type CharacterClasses, SubsetAutomaton, type SubsetPosition } from './subset-automaton.ts'

/** What reads a text for many tests at once, in parts that each know one kind of test. */
export interface Machine {
  readonly alphabet: Alphabet
  /** Numbers the sets of tests. */
  readonly tests: NumberSets
  /** The first is the trie at whose nodes patterns begin. */
  readonly tracks: readonly LiteralTrack[]
  readonly patterns: SubsetAutomaton
  readonly firstPatterns: SubsetPosition
  /** By node of the first track: patterns that begin there. */
  readonly spawns: ReadonlyMap<number, SubsetPosition>
  readonly universe: SubsetAutomaton
  readonly firstUniverse: number
}

/** What the parts of a machine may hold. */
export interface MachineLimits extends NfaLimits {
  /** Members of the sets of states, and of the sets of tests. */
  readonly members: number
}

/** Builds the machine for some atoms in a universe. @throws {BudgetExceeded} */
export function buildMachine(
  atoms: readonly Atom[],
  universe: PatternNode,
  limits: MachineLimits,
): Machine {
  const asserts = atoms.some((atom) => atom.kind === 'regular' && hasAssertion(atom.pattern))
  const characters = joinRanges([...setsOf(universe)].flat())
  const sets = [...setsOfAtoms(atoms), ...setsOf(universe), ...(asserts ? [words, newlines] : [])]
  const alphabet = alphabetOf(characters, sets)
  const tests = new NumberSets(limits.members)
  const literals = new Literals(alphabet, tests)
  const nfa = new Nfa(alphabet, limits)
  const begun = addAtoms(atoms, literals, nfa)
  const patterns = deterministic(nfa, tests, { alphabet, limits, asserts })
  const spawns = new Map<number, SubsetPosition>()
  for (const [node, { start, after }] of begun) spawns.set(node, patterns.start(start, after))
  const universeNfa = new Nfa(alphabet, limits)
  const universeStart = universeNfa.add([{ pattern: universe, owner: 0 }])
  const universeAutomaton = deterministic(universeNfa, new NumberSets(limits.members), {
    alphabet,
    limits,
  })
  return {
    alphabet,
    tests,
    tracks: literals.seal(),
    patterns,
    firstPatterns: spawns.get(0) ?? nowhere,
    spawns,
    universe: universeAutomaton,
    firstUniverse: universeAutomaton.start(universeStart, -1).state,
  }
}

/** No pattern is left, and none was decided. */
const nowhere: SubsetPosition = { state: 0, latch: 0 }

/** Patterns that begin where a literal ends. */
interface Spawn {
  /** A state of the automaton of all patterns. */
  readonly start: number
  /** The last symbol of the literal; -1 if it is empty. */
  readonly after: number
}

/** Gives each atom to the part that reads it. The spawns are by node of the trie. */
function addAtoms(
  atoms: readonly Atom[],
  literals: Literals,
  nfa: Nfa,
): ReadonlyMap<number, Spawn> {
  const groups = new Map<number, { readonly rests: OwnedPattern[]; readonly after: number }>()
  for (const [owner, atom] of atoms.entries()) {
    if (atom.kind !== 'regular') {
      literals.add(atom, owner)
      continue
    }
    const { literal, rest } = splitLiteral(atom.pattern)
    const symbols = literals.symbolsOf(literal)
    if (symbols === undefined) continue
    const node = literals.prefixes.insert(symbols)
    const group = groups.get(node) ?? { rests: [], after: symbols.at(-1) ?? -1 }
    group.rests.push({ pattern: rest, owner })
    groups.set(node, group)
  }
  const spawns = new Map<number, Spawn>()
  for (const [node, { rests, after }] of groups) spawns.set(node, { start: nfa.add(rests), after })
  return spawns
}

function deterministic(
  nfa: Nfa,
  tests: NumberSets,
  options: {
    readonly alphabet: Alphabet
    readonly limits: MachineLimits
    readonly asserts?: boolean
  },
): SubsetAutomaton {
  const { alphabet, limits, asserts } = options
  const classes = asserts === true ? classesOf(alphabet, nfa) : noClasses
  const sticky = asserts === undefined ? noSticky : stickyStates(nfa)
  const partitions = new Partitions(nfa.labels, alphabet.characters.length)
  return new SubsetAutomaton(nfa, tests, { limit: limits.members, partitions, classes, sticky })
}

const noSticky: ReadonlyMap<number, readonly number[]> = new Map()
const noClasses: CharacterClasses = { classes: [], labels: [] }
const words: CodePointSet = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]
const newlines: CodePointSet = [[0x0a, 0x0a]]

function classesOf(alphabet: Alphabet, nfa: Nfa): CharacterClasses {
  const classes = alphabet.characters.map((character): CharacterClass => {
    if (character === '\n') return 'newline'
    return /\w/.test(character) ? 'word' : 'other'
  })
  return { classes, labels: [nfa.label(words), nfa.label(newlines)] }
}

function setsOfAtoms(atoms: readonly Atom[]): CodePointSet[] {
  const points = new Set<number>()
  const sets: CodePointSet[] = []
  for (const atom of atoms) {
    if (atom.kind === 'regular') sets.push(...setsOf(atom.pattern))
    else for (const character of lettersOf(atom)) points.add(character.codePointAt(0) ?? 0)
  }
  return [...sets, ...[...points].map((point): CodePointSet => [[point, point]])]
}

/** The characters that a literal tells from others. */
function lettersOf(literal: LiteralLanguage): string {
  const text = literal.kind === 'separated-prefix' ? `${literal.text}/` : literal.text
  // Only the capitals of ASCII count, and these are there, whatever else upper case makes of the rest.
  return literal.ignoreCase ? text + text.toUpperCase() : text
}
