import type { Language, Unknown } from '../language/language.ts'
import { byteCost, type Cost } from './cost.ts'
import type { RequestDraft } from './request-draft.ts'

/**
 * One thing that a request decides by itself, whatever it decides elsewhere: its path, its method, one header, one query
 * parameter. A test is a payload whose meaning is the dimension's own.
 */
export interface Dimension {
  /** In words, such as `header x-user`. */
  readonly name: string
  /** The value is missing, which costs nothing and fits no test; undefined if it is always there. */
  readonly missing?: Decision
  /** What every decision but {@link missing} costs at least. Default: 0. */
  readonly leastCost?: Cost
  /** Every way to decide the tests, each with an example, the cheapest first. */
  decide(tests: readonly Test[], space: Space): readonly Decision[] | Unknown
}

/** A test, with what its dimension needs to know of it. */
export interface Test {
  readonly number: number
  /** In words, to follow the dimension's name: `is "a"`. */
  readonly description: string
  /** Of a dimension of texts. */
  readonly language?: Language
  /** Of another one: whether a value passes. */
  readonly accepts?: (value: unknown) => boolean
  /** The numbers at which {@link accepts} changes its mind. */
  readonly numbers?: readonly number[]
}

/** One way to decide the tests of a dimension. */
export interface Decision {
  /** The tests that hold, by their numbers. */
  readonly holds: readonly number[]
  readonly cost: Cost
  /** What it costs instead where something of its kind is there already: all cookies are one header, all parameters one query. */
  readonly again?: { readonly kind: 'cookie' | 'query'; readonly cost: Cost }
  /** Writes the example; undefined if there is nothing to write. */
  readonly write?: (draft: RequestDraft) => void
}

/** The part of all requests that a search is about. */
export interface Space {
  /** `origin`: the path begins with a slash. `asterisk`: `OPTIONS *`. `empty`: CONNECT without a path. */
  readonly form: 'origin' | 'asterisk' | 'empty'
  /** Hosts that lead to this space, at least one; `holds` are the numbers of the tests of the authority that hold. */
  readonly hosts: readonly HostExample[]
}

export interface HostExample {
  readonly authority: string
  readonly holds: readonly number[]
}

/** What a request costs of which nothing is decided: the one byte of the shortest path. */
export function baseCost({ form }: Space): Cost {
  return form === 'empty' ? 0 : byteCost
}
