import type { RouteConfigurationJson } from '@meshwright/route-matcher'
import type { AnalysisOptions } from '../analysis-options.ts'
import { diffRoutes } from '../diff-routes.ts'
import type { Outcome } from '../outcome.ts'
import type { Witness } from '../witness.ts'
import type { Mutant } from './mutant.ts'
import { narrow } from './narrow.ts'

/** What a mutant is that the tests did not notice. */
export type MutantVerdict =
  /** It answers some request in another way: the tests lack a case. */
  | {
      readonly kind: 'survived'
      /** A shortest request that would have told, with the draw at which it does. */
      readonly tell: Witness
      /** What happens to {@link tell} in the original. */
      readonly before: Outcome
      /** What happens to it in the mutant. */
      readonly after: Outcome
    }
  /** It answers every request as the original does, proven: no test can notice. */
  | { readonly kind: 'equivalent' }
  | { readonly kind: 'unknown'; readonly reason: string }

/**
 * Finds out of a mutant that tests did not notice whether they could have. For whoever runs tests in a way of their own;
 * `mutationTest` does it all.
 */
export function judgeMutant(
  configuration: RouteConfigurationJson,
  mutant: Mutant,
  options: AnalysisOptions = {},
): MutantVerdict {
  const whole = [configuration, mutant.configuration] as const
  const [original, changed] = narrow(whole, mutant.ref.virtualHostIndex)
  const { equivalent, classes, unknown } = diffRoutes(
    original.configuration,
    changed.configuration,
    options,
  )
  if (equivalent) return { kind: 'equivalent' }
  const [first] = classes
  if (first !== undefined) {
    const before = original.widen(first.before)
    return { kind: 'survived', tell: first.witness, before, after: changed.widen(first.after) }
  }
  return { kind: 'unknown', reason: unknown.map(({ reason }) => reason).join('; ') }
}
