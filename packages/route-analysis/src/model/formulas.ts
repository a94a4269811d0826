/** A condition, by its number in the {@link Formulas} that made it; equal conditions have equal numbers. */
export type Formula = number

/** Holds for no request. */
export const never: Formula = 0
/** Holds for every request. */
export const always: Formula = 1

type Node =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'test'; readonly test: number }
  | { readonly kind: 'draw'; readonly numerator: number; readonly denominator: number }
  | { readonly kind: 'unknown'; readonly reason: string }
  | { readonly kind: 'not'; readonly of: Formula }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Formula[] }

/** A draw below `numerator` of `denominator`. */
export interface DrawTest {
  readonly numerator: number
  readonly denominator: number
}

const none: readonly number[] = []

/**
 * Formulas over tests, each kept once.
 *
 * A test is a number, and belongs to one dimension; within a dimension a request decides all tests at once. Formulas are
 * simplified as they are made: constants vanish, nesting is flattened, `x and not x` is nothing.
 */
export class Formulas {
  readonly #nodes: Node[] = []
  readonly #ids = new Map<string, Formula>()
  readonly #tests: (readonly number[] | undefined)[] = []
  readonly #dimensions: (readonly number[] | undefined)[] = []
  readonly #dimensionOfTest: number[] = []
  /** Per dimension, what a formula becomes where none of its tests there holds. */
  readonly #allFalse: Map<Formula, Formula>[] = []

  constructor() {
    this.#make('0', { kind: 'constant', value: false })
    this.#make('1', { kind: 'constant', value: true })
  }

  /** The number of tests so far. */
  get testCount(): number {
    return this.#dimensionOfTest.length
  }

  /** Adds a test of a dimension and returns its number. */
  addTest(dimension: number): number {
    return this.#dimensionOfTest.push(dimension) - 1
  }

  test(test: number): Formula {
    return this.#make(`t${test}`, { kind: 'test', test })
  }

  draw(numerator: number, denominator: number): Formula {
    if (numerator <= 0) return never
    if (numerator >= denominator) return always
    return this.#make(`d${numerator}/${denominator}`, { kind: 'draw', numerator, denominator })
  }

  /** A condition that nothing is known of, but that those of equal identity hold for the same requests. */
  unknown(reason: string, identity: string = reason): Formula {
    return this.#make(`u${identity}`, { kind: 'unknown', reason })
  }

  not(of: Formula): Formula {
    const node = this.#node(of)
    if (node.kind === 'constant') return node.value ? never : always
    if (node.kind === 'not') return node.of
    return this.#make(`!${of}`, { kind: 'not', of })
  }

  and(of: readonly Formula[]): Formula {
    return this.#combine('and', of)
  }

  or(of: readonly Formula[]): Formula {
    return this.#combine('or', of)
  }

  /** The tests that a formula mentions, ascending. */
  testsOf(formula: Formula): readonly number[] {
    const known = this.#tests[formula]
    if (known !== undefined) return known
    const node = this.#node(formula)
    const tests =
      node.kind === 'test' ? [node.test] : merged(operands(node), (it) => this.testsOf(it))
    this.#tests[formula] = tests
    return tests
  }

  /** The dimensions that a formula mentions, ascending; the draw is none of them. */
  dimensionsOf(formula: Formula): readonly number[] {
    const known = this.#dimensions[formula]
    if (known !== undefined) return known
    const found = new Set(this.testsOf(formula).map((test) => this.dimensionOf(test)))
    const dimensions = found.size === 0 ? none : [...found].sort((a, b) => a - b)
    this.#dimensions[formula] = dimensions
    return dimensions
  }

  dimensionOf(test: number): number {
    return this.#dimensionOfTest[test] ?? -1
  }

  /** What a formula becomes where, of the tests of one dimension, those in `holds` hold and no other. */
  assign(formula: Formula, dimension: number, holds: ReadonlySet<number>): Formula {
    if (!this.dimensionsOf(formula).includes(dimension)) return formula
    if (holds.size > 0) return this.#assign(formula, dimension, holds)
    let memo = this.#allFalse[dimension]
    if (memo === undefined) {
      memo = new Map()
      this.#allFalse[dimension] = memo
    }
    let result = memo.get(formula)
    if (result === undefined) {
      result = this.#assign(formula, dimension, holds)
      memo.set(formula, result)
    }
    return result
  }

  /** The draws that a formula mentions. */
  drawsOf(formula: Formula): readonly DrawTest[] {
    const node = this.#node(formula)
    return node.kind === 'draw' ? [node] : operands(node).flatMap((it) => this.drawsOf(it))
  }

  /** The reason of something unknown in a formula, or undefined. */
  unknownIn(formula: Formula): string | undefined {
    const node = this.#node(formula)
    if (node.kind === 'unknown') return node.reason
    for (const operand of operands(node)) {
      const reason = this.unknownIn(operand)
      if (reason !== undefined) return reason
    }
    return undefined
  }

  /** Whether a formula holds at a draw; it must mention nothing but draws. */
  holdsAt(formula: Formula, draw: number): boolean {
    const node = this.#node(formula)
    switch (node.kind) {
      case 'constant':
        return node.value
      case 'draw':
        return draw % node.denominator < node.numerator
      case 'not':
        return !this.holdsAt(node.of, draw)
      case 'and':
        return node.of.every((it) => this.holdsAt(it, draw))
      case 'or':
        return node.of.some((it) => this.holdsAt(it, draw))
      default:
        throw new TypeError(`expected a formula of draws, got ${node.kind}`)
    }
  }

  #assign(formula: Formula, dimension: number, holds: ReadonlySet<number>): Formula {
    if (!this.dimensionsOf(formula).includes(dimension)) return formula
    const node = this.#node(formula)
    if (node.kind === 'test') return holds.has(node.test) ? always : never
    if (node.kind === 'not') return this.not(this.#assign(node.of, dimension, holds))
    if (node.kind !== 'and' && node.kind !== 'or') return formula
    const parts: Formula[] = []
    const absorbing = node.kind === 'and' ? never : always
    for (const part of node.of) {
      const assigned = this.#assign(part, dimension, holds)
      if (assigned === absorbing) return absorbing
      parts.push(assigned)
    }
    return this.#combine(node.kind, parts)
  }

  #combine(kind: 'and' | 'or', of: readonly Formula[]): Formula {
    const absorbing = kind === 'and' ? never : always
    const parts = new Set<Formula>()
    for (const part of of) {
      const node = this.#node(part)
      if (node.kind === kind) for (const inner of node.of) parts.add(inner)
      else parts.add(part)
    }
    if (parts.has(absorbing) || this.#contradicts(parts)) return absorbing
    parts.delete(kind === 'and' ? always : never)
    const sorted = [...parts].sort((a, b) => a - b)
    const [only] = sorted
    if (only === undefined) return kind === 'and' ? always : never
    if (sorted.length === 1) return only
    return this.#make(`${kind}${sorted.join()}`, { kind, of: sorted })
  }

  /** Whether something is there together with its opposite. */
  #contradicts(parts: ReadonlySet<Formula>): boolean {
    for (const part of parts) {
      const node = this.#node(part)
      if (node.kind === 'not' && parts.has(node.of)) return true
    }
    return false
  }

  #make(key: string, node: Node): Formula {
    let id = this.#ids.get(key)
    if (id === undefined) {
      id = this.#nodes.push(node) - 1
      this.#ids.set(key, id)
    }
    return id
  }

  #node(formula: Formula): Node {
    const node = this.#nodes[formula]
    if (node === undefined) throw new RangeError(`expected a formula, got ${formula}`)
    return node
  }
}

function operands(node: Node): readonly Formula[] {
  if (node.kind === 'not') return [node.of]
  return node.kind === 'and' || node.kind === 'or' ? node.of : none
}

function merged(
  formulas: readonly Formula[],
  of: (formula: Formula) => readonly number[],
): readonly number[] {
  const all = new Set<number>()
  for (const formula of formulas) for (const test of of(formula)) all.add(test)
  return all.size === 0 ? none : [...all].sort((a, b) => a - b)
}
