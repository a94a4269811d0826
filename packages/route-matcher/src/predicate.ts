import type { Subject } from './subject.ts'

/** One condition of a route. */
export interface Predicate {
  /** In words, for `explain`. */
  readonly description: string
  test(subject: Subject): boolean
  /** What the request has in that place. */
  saw(subject: Subject): string
}
