import { type AtomTest, atomsOf, evaluate } from './atoms.ts'
import { explore } from './explore.ts'
import { everything, type Language, type Unknown } from './language.ts'
import { buildMachine } from './machine.ts'
import { BudgetExceeded, NumberSets } from './number-sets.ts'
import type { PatternNode } from './pattern-node.ts'
import { everyString, walkablePattern } from './walkable-pattern.ts'

/** A maximal class of strings that no test tells apart. */
export interface Cell {
  /** A shortest string of the class, in characters; of these the nicest: letters before digits before others. */
  readonly witness: string
  /** The tests that hold, by their place in the list, ascending. */
  readonly holds: readonly number[]
}

/** The cells in the order of their witnesses: the shortest first, then the nicest. */
export interface Cells {
  readonly cells: readonly Cell[]
}

/** What a computation may use; what goes beyond has an unknown answer. */
export interface CellBudget {
  /** States of the automaton that reads all tests at once. Default: 2 million. */
  readonly states?: number
  /** Cells. Default: 1 million. */
  readonly cells?: number
  /** States of the automata of all patterns before these are made one. Default: 1 million. */
  readonly patternStates?: number
  /** States of those automata passed on the way. Default: 100 million. */
  readonly visits?: number
  /** Members of all sets that are kept: states of patterns, tests of cells. Default: 10 million. */
  readonly members?: number
}

const defaultBudget: Required<CellBudget> = {
  states: 2_000_000,
  cells: 1_000_000,
  patternStates: 1_000_000,
  visits: 100_000_000,
  members: 10_000_000,
}

/**
 * Cuts the strings of a universe into cells: one for each set of tests that some string has, and no other.
 *
 * About linear in the characters of the tests where these are literals and patterns with a literal beginning; patterns that begin
 * with `.*` may multiply. Unknown if the budget does not suffice, or if a literal holds half of a surrogate pair.
 */
export function cells(
  tests: readonly Language[],
  universe: Language = everything,
  budget: CellBudget = {},
): Cells | Unknown {
  const found: Cell[] = []
  const failed = eachCell(tests, universe, budget, (cell) => {
    found.push(cell)
    return false
  })
  return failed ?? { cells: found }
}

/** Names each cell as it is found, until `visit` says `true`. */
export function eachCell(
  tests: readonly Language[],
  universe: Language,
  budget: CellBudget,
  visit: (cell: Cell) => boolean,
): Unknown | undefined {
  try {
    return walk(tests, universe, { ...defaultBudget, ...budget }, visit)
  } catch (error) {
    if (error instanceof BudgetExceeded) return { unknown: error.message }
    throw error
  }
}

function walk(
  tests: readonly Language[],
  universe: Language,
  limits: Required<CellBudget>,
  visit: (cell: Cell) => boolean,
): Unknown | undefined {
  const bounds = splitUniverse(universe)
  const { atoms, tests: formulas } = atomsOf([...tests, ...bounds.filters])
  const broken = atoms.find((atom) => atom.kind !== 'regular' && !atom.text.isWellFormed())
  if (broken !== undefined) return { unknown: `half of a surrogate pair in ${broken.key}` }
  const translate = translator(formulas, tests.length, atoms.length)
  const known = new NumberSets(limits.members)
  const seen = new Set<number>()
  const machine = buildMachine(atoms, bounds.pattern, limits)
  explore(machine, limits, (set, witness) => {
    const holds = translate(machine.tests.get(set))
    if (holds === undefined) return false
    if (!translate.oneToOne) {
      const id = known.intern(holds)
      if (seen.has(id)) return false
      seen.add(id)
    }
    return visit({ witness: witness(), holds })
  })
  return undefined
}

/** What a machine walks in, and what is asked of each string besides. */
interface Bounds {
  readonly pattern: PatternNode
  readonly filters: readonly Language[]
}

/** The parts of an intersection are looked at apart; a single string is the best to walk in. */
function splitUniverse(universe: Language): Bounds {
  const parts = universe.kind === 'intersection' ? universe.of : [universe]
  const patterns = parts.map(walkablePattern)
  const single = parts.findIndex(
    ({ kind }, index) => kind === 'exact' && patterns[index] !== undefined,
  )
  const walked = single === -1 ? patterns.findIndex((pattern) => pattern !== undefined) : single
  return {
    pattern: patterns[walked] ?? everyString,
    filters: parts.filter((_, index) => index !== walked),
  }
}

/** From a set of atoms to the tests that hold there; undefined outside the universe. */
interface Translator {
  (atoms: readonly number[]): readonly number[] | undefined
  /** Whether other atoms always mean other tests. */
  readonly oneToOne: boolean
}

function translator(formulas: readonly AtomTest[], tests: number, atoms: number): Translator {
  const oneToOne =
    formulas.length === tests &&
    tests === atoms &&
    formulas.every((formula, test) => formula.kind === 'atom' && formula.atom === test)
  if (oneToOne) return Object.assign((set: readonly number[]) => set, { oneToOne })
  const marks = new Uint8Array(atoms)
  const holdsHere = (atom: number): boolean => marks[atom] === 1
  const translate = (set: readonly number[]): readonly number[] | undefined => {
    for (const atom of set) marks[atom] = 1
    const holds: number[] = []
    let inside = true
    for (const [test, formula] of formulas.entries()) {
      const here = evaluate(formula, holdsHere)
      if (test >= tests) inside &&= here
      else if (here) holds.push(test)
    }
    for (const atom of set) marks[atom] = 0
    return inside ? holds : undefined
  }
  return Object.assign(translate, { oneToOne })
}
