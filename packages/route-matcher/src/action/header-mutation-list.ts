import type { StringMatcherJson } from '../config/config.ts'
import {
  applyHeaderMutations,
  type HeaderAddition,
  type MutableHeaders,
} from './header-mutations.ts'

/** One step of a list of `envoy.config.common.mutation_rules.v3.HeaderMutation`. */
export type HeaderMutation =
  | { readonly kind: 'remove'; readonly name: string }
  | { readonly kind: 'add'; readonly addition: HeaderAddition }
  | {
      readonly kind: 'remove-matching'
      readonly matcher: StringMatcherJson
      /** Whether a header of this lower-case name goes. */
      matches(lowerName: string): boolean
    }

/** Headers whose names can be listed. */
export interface ListableHeaders extends MutableHeaders {
  /** The lower-case names, in any order, perhaps one more than once. */
  names(): Iterable<string>
}

/** Applies the mutations one after the other: unlike those of a level, each sees what the one before did. */
export function applyHeaderMutationList(
  mutations: readonly HeaderMutation[],
  headers: ListableHeaders,
  format: (template: string) => string,
): void {
  for (const mutation of mutations) {
    if (mutation.kind === 'remove') headers.remove(mutation.name)
    else if (mutation.kind === 'add') {
      applyHeaderMutations([{ remove: [], add: [mutation.addition] }], headers, format)
    } else {
      for (const name of new Set(headers.names())) {
        if (mutation.matches(name)) headers.remove(name)
      }
    }
  }
}
