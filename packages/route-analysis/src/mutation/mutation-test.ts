import type { RouteConfigurationJson } from '@meshwright/route-matcher'
import type { AnalysisOptions } from '../analysis-options.ts'
import { judgeMutant, type MutantVerdict } from './judge-mutant.ts'
import type { Mutant } from './mutant.ts'
import { mutantsOf } from './mutants-of.ts'

/** How many faults of a configuration its tests notice. */
export interface MutationReport {
  /** The tests failed, as they should. */
  readonly killed: readonly Mutant[]
  /** The tests passed, though there is a request that would have told. */
  readonly survived: readonly SurvivingMutant[]
  /** No test could have told, proven. These do not count. */
  readonly equivalent: readonly Mutant[]
  /** The tests passed, and it is not known whether any could have told. These do not count. */
  readonly unknown: readonly { readonly mutant: Mutant; readonly reason: string }[]
  /** Of the mutants that count, how many were killed: 0 to 100; 100 if none count. */
  readonly percent: number
}

/** A mutant with the request that would have told. */
export interface SurvivingMutant
  extends Omit<Extract<MutantVerdict, { kind: 'survived' }>, 'kind'> {
  readonly mutant: Mutant
}

export interface MutationOptions extends AnalysisOptions {
  /** Which mutants to try. Default: all of `mutantsOf`. */
  readonly mutants?: Iterable<Mutant>
}

/**
 * Tests the tests: puts one fault after another into a configuration and asks whether they notice.
 *
 * `passes` runs them against a configuration; what it throws is passed on. It runs once for the original and once for each
 * mutant; those it lets pass are compared with the original over all requests.
 *
 * @throws {RangeError} if the tests do not pass on the original.
 * @throws {RouteConfigError} if the configuration has faults.
 */
export function mutationTest(
  configuration: RouteConfigurationJson,
  passes: (configuration: RouteConfigurationJson) => boolean,
  options: MutationOptions = {},
): MutationReport {
  if (!passes(configuration)) {
    throw new RangeError('expected tests that pass on the configuration itself, got one that fails')
  }
  const killed: Mutant[] = []
  const passed: Mutant[] = []
  for (const mutant of options.mutants ?? mutantsOf(configuration, options)) {
    if (passes(mutant.configuration)) passed.push(mutant)
    else killed.push(mutant)
  }
  return mutationReport(configuration, { killed, passed }, options)
}

/** Judges what the tests let pass; for whoever runs them in a way of their own. */
export function mutationReport(
  configuration: RouteConfigurationJson,
  { killed, passed }: { readonly killed: readonly Mutant[]; readonly passed: readonly Mutant[] },
  options: AnalysisOptions = {},
): MutationReport {
  const survived: SurvivingMutant[] = []
  const equivalent: Mutant[] = []
  const unknown: { mutant: Mutant; reason: string }[] = []
  for (const mutant of passed) {
    const verdict = judgeMutant(configuration, mutant, options)
    if (verdict.kind === 'equivalent') equivalent.push(mutant)
    else if (verdict.kind === 'unknown') unknown.push({ mutant, reason: verdict.reason })
    else {
      const { kind: _, ...rest } = verdict
      survived.push({ mutant, ...rest })
    }
  }
  const counted = killed.length + survived.length
  const percent = counted === 0 ? 100 : (killed.length * 100) / counted
  return { killed, survived, equivalent, unknown, percent }
}
