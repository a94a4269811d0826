import type { FormulaLanguage, Language, LiteralLanguage, RegularLanguage } from './language.ts'
import { BudgetExceeded } from './number-sets.ts'

/** What tests are made of in the end. */
export type Atom = LiteralLanguage | RegularLanguage

/** The atoms of a list of tests, each once, and how the tests come of them. */
export interface Atoms {
  readonly atoms: readonly Atom[]
  /** By test: an atom, or a formula over atoms. */
  readonly tests: readonly AtomTest[]
}

/** `atom` is a number in {@link Atoms.atoms}. */
export type AtomTest =
  | { readonly kind: 'atom'; readonly atom: number }
  | { readonly kind: 'union' | 'intersection'; readonly of: readonly AtomTest[] }
  | { readonly kind: 'complement'; readonly of: AtomTest }

/** Finds the atoms of tests. @throws {BudgetExceeded} for formulas deeper than a thousand. */
export function atomsOf(tests: readonly Language[]): Atoms {
  const atoms: Atom[] = []
  const byKey = new Map<string, number>()
  const atomOf = (language: Atom): AtomTest => {
    let atom = byKey.get(language.key)
    if (atom === undefined) {
      atom = atoms.push(language) - 1
      byKey.set(language.key, atom)
    }
    return { kind: 'atom', atom }
  }
  const translate = (language: Language, depth: number): AtomTest =>
    isFormula(language)
      ? translateFormula(language, (part) => translate(part, inside(depth)))
      : atomOf(language)
  return { atoms, tests: tests.map((test) => translate(test, 0)) }
}

/** Formulas are followed by recursion. */
const mostDepth = 1_000

function inside(depth: number): number {
  if (depth >= mostDepth) throw new BudgetExceeded(`formulas deeper than ${mostDepth}`)
  return depth + 1
}

function isFormula(language: Language): language is FormulaLanguage {
  return (
    language.kind === 'union' || language.kind === 'intersection' || language.kind === 'complement'
  )
}

function translateFormula(
  language: FormulaLanguage,
  translate: (language: Language) => AtomTest,
): AtomTest {
  if (language.kind === 'complement') return { kind: 'complement', of: translate(language.of) }
  return { kind: language.kind, of: language.of.map(translate) }
}

/** Whether a test holds where a set of atoms holds. */
export function evaluate(test: AtomTest, holds: (atom: number) => boolean): boolean {
  switch (test.kind) {
    case 'atom':
      return holds(test.atom)
    case 'union':
      return test.of.some((part) => evaluate(part, holds))
    case 'intersection':
      return test.of.every((part) => evaluate(part, holds))
    case 'complement':
      return !evaluate(test.of, holds)
  }
}
