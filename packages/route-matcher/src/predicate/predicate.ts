import type { Subject } from '../request/subject.ts'

/** One condition of a route. */
export interface Predicate {
  /** In words, for `explain`. */
  readonly description: string
  /** If it asks for one value of one header and nothing else: what an index can be built on. */
  readonly exactHeader?: { readonly name: string; readonly value: string } | undefined
  /** It looks at the draw of the request and at nothing else. */
  readonly draw?: true
  /** Called without its object. */
  readonly test: (subject: Subject) => boolean
  /** What the request has in that place. */
  saw(subject: Subject): string
}
