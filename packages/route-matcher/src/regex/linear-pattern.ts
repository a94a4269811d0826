import { type CharSet, overlap } from './char-set.ts'
import type { Pattern } from './pattern-syntax.ts'

/**
 * Whether a backtracking engine provably takes time linear in the text for a match of the whole text.
 *
 * Any of these will do: there are few ways through the pattern in all. It is a choice between patterns that are linear. The next character always decides what to do (Glushkov's automaton is deterministic, and no two operators lead from one
 * place to the same next: strongly one-unambiguous), so that every way not taken fails at its first character. All that is so
 * but for one repetition of single characters, with no unbounded repetition after it: then what follows, of bounded cost, is
 * tried once per character. O(size of the pattern, squared).
 *
 * @see Brüggemann-Klein, Wood: One-unambiguous regular languages (1998)
 */
export function isLinear(pattern: Pattern): boolean {
  if (pattern.kind === 'choice') return pattern.branches.every(isLinear)
  if (waysThrough(pattern) <= fewWays || isDeterministic([pattern])) return true
  const parts = pattern.kind === 'sequence' ? pattern.parts : [pattern]
  return parts.some((part, i) => {
    if (part.kind !== 'repeat' || part.body.kind !== 'set') return false
    const tail = parts.slice(i + 1)
    if (!tail.every(isBounded)) return false
    const places = new Places()
    const after = places.sequence(tail)
    if (after === undefined) return false
    const next = after.first.flatMap((place) => places.set(place))
    const border: Pattern = { kind: 'set', set: [...part.body.set, ...next] }
    return isDeterministic([...parts.slice(0, i), border])
  })
}

const fewWays = 50

/** How many ways a backtracking engine may have to try, whatever the text. */
function waysThrough(pattern: Pattern): number {
  switch (pattern.kind) {
    case 'literal':
    case 'set':
      return 1
    case 'sequence':
      return pattern.parts.reduce((ways, part) => ways * waysThrough(part), 1)
    case 'choice':
      return pattern.branches.reduce((ways, branch) => ways + waysThrough(branch), 0)
    case 'repeat': {
      const { body, min, max } = pattern
      if (max === Number.POSITIVE_INFINITY) return max
      const once = waysThrough(body)
      let ways = 0
      for (let count = min; count <= max; count++) ways += once ** count
      return ways
    }
  }
}

function isDeterministic(parts: readonly Pattern[]): boolean {
  return new Places().sequence(parts) !== undefined
}

function isBounded(pattern: Pattern): boolean {
  switch (pattern.kind) {
    case 'literal':
    case 'set':
      return true
    case 'sequence':
      return pattern.parts.every(isBounded)
    case 'choice':
      return pattern.branches.every(isBounded)
    case 'repeat':
      return pattern.max !== Number.POSITIVE_INFINITY && isBounded(pattern.body)
  }
}

/** Where a part of a pattern begins and ends. */
interface Ends {
  readonly nullable: boolean
  readonly first: readonly number[]
  readonly last: readonly number[]
}

/** A pattern that needs more is not looked at further. */
const mostPlaces = 400

/** The places of a pattern at which a character (or a literal text) is read, and what may come after each. */
class Places {
  readonly #sets: CharSet[] = []
  readonly #follow: number[][] = []

  set(place: number): CharSet {
    return this.#sets[place] ?? []
  }

  /** Undefined: the next character does not always decide. */
  sequence(parts: readonly Pattern[]): Ends | undefined {
    let ends: Ends | undefined = { nullable: true, first: [], last: [] }
    for (const part of parts) {
      const next = this.#of(part)
      ends = ends === undefined || next === undefined ? undefined : this.#joined(ends, next)
    }
    return ends
  }

  #of(pattern: Pattern): Ends | undefined {
    switch (pattern.kind) {
      case 'literal': {
        const code = pattern.text.codePointAt(0) ?? 0
        return this.#place([[code, code]])
      }
      case 'set':
        return this.#place(pattern.set)
      case 'sequence':
        return this.sequence(pattern.parts)
      case 'choice':
        return this.#choice(pattern.branches)
      case 'repeat':
        return this.#repeat(pattern)
    }
  }

  #place(set: CharSet): Ends | undefined {
    if (this.#sets.length >= mostPlaces) return undefined
    const place = this.#sets.push(set) - 1
    this.#follow.push([])
    return { nullable: false, first: [place], last: [place] }
  }

  #choice(branches: readonly Pattern[]): Ends | undefined {
    let nullable = false
    const first: number[] = []
    const last: number[] = []
    for (const branch of branches) {
      const ends = this.#of(branch)
      // With two ways to read nothing, neither is decided by a character.
      if (ends === undefined || (nullable && ends.nullable)) return undefined
      if (!this.#add(first, ends.first)) return undefined
      last.push(...ends.last)
      nullable ||= ends.nullable
    }
    return { nullable, first, last }
  }

  /** As many copies as must be, then what may be: a loop, or copies nested in one another. */
  #repeat({ body, min, max }: Pattern & { readonly kind: 'repeat' }): Ends | undefined {
    const loops = max === Number.POSITIVE_INFINITY
    let rest: Ends | undefined = { nullable: true, first: [], last: [] }
    for (let copy = loops ? Math.max(min, 1) : max; copy > 0; copy--) {
      const one = this.#of(body)
      if (one === undefined || one.nullable) return undefined
      const isLoop = loops && copy === Math.max(min, 1)
      if (isLoop && !this.#link(one.last, one.first)) return undefined
      const both: Ends | undefined = rest === undefined ? undefined : this.#joined(one, rest)
      if (both === undefined) return undefined
      rest = { ...both, nullable: copy > min }
    }
    return rest
  }

  #joined(a: Ends, b: Ends): Ends | undefined {
    if (!this.#link(a.last, b.first)) return undefined
    const first = [...a.first]
    if (a.nullable && !this.#add(first, b.first)) return undefined
    return {
      nullable: a.nullable && b.nullable,
      first,
      last: b.nullable ? [...a.last, ...b.last] : b.last,
    }
  }

  #link(from: readonly number[], to: readonly number[]): boolean {
    return from.every((place) => this.#add(this.#follow[place] ?? [], to))
  }

  /** Adds places to choose from; false if one of them could be taken for another. */
  #add(known: number[], more: readonly number[]): boolean {
    for (const place of more) {
      const set = this.set(place)
      if (known.some((other) => overlap(set, this.set(other)))) return false
      known.push(place)
    }
    return true
  }
}
