import type { RouteConfigurationJson } from '@meshwright/route-matcher'
import type { AnalysisOptions } from '../analysis-options.ts'
import type { Universes } from '../language/universes.ts'
import type { Budget } from '../search/search.ts'
import { asksPathHeader, type ConfigurationSide, readSide } from './configuration-side.ts'
import { type HostSpace, hostSpaces } from './host-spaces.ts'
import { RequestParts } from './request-parts.ts'

/** Configurations that are looked at together. */
export interface Model {
  readonly parts: RequestParts
  readonly sides: readonly ConfigurationSide[]
  readonly spaces: readonly HostSpace[]
  /** Why {@link spaces} is not known, and empty. */
  readonly unknown: string | undefined
  readonly budget: Budget
}

const defaultSteps = 200_000_000

/**
 * Reads configurations.
 *
 * @throws {RouteConfigError} if one of them has faults.
 */
export function readModel(
  configurations: readonly RouteConfigurationJson[],
  options: AnalysisOptions,
  universes?: Universes,
): Model {
  const parts = new RequestParts(configurations.some(asksPathHeader), universes)
  const sides = configurations.map((it) => readSide(it, parts, options))
  const budget = { steps: options.maxSteps ?? defaultSteps }
  const spaces = hostSpaces(
    sides.map(({ domains }) => domains),
    parts,
  )
  if ('unknown' in spaces) return { parts, sides, spaces: [], unknown: spaces.unknown, budget }
  return { parts, sides, spaces, unknown: undefined, budget }
}
