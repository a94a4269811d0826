import type { RouteConfigurationJson, RouteMatchJson } from '@meshwright/route-matcher'
import type { AnalysisOptions } from '../analysis-options.ts'
import type { Unknown } from '../language/language.ts'
import type { Universes } from '../language/universes.ts'
import type { Budget } from '../search/search.ts'
import { asksPathHeader, type ConfigurationSide, readSide } from './configuration-side.ts'
import { entangledParts } from './entangled-parts.ts'
import { always, type Formula } from './formulas.ts'
import { type HostSpace, hostSpaces } from './host-spaces.ts'
import { readConditions } from './read-conditions.ts'
import { RequestParts } from './request-parts.ts'

/** Configurations that are looked at together. */
export interface Model {
  readonly parts: RequestParts
  readonly sides: readonly ConfigurationSide[]
  /** What is asked of requests besides; `always` if nothing is. */
  readonly condition: Formula
  readonly spaces: readonly HostSpace[]
  /** Why {@link spaces} is not known, and empty. */
  readonly unknown: string | undefined
  readonly budget: Budget
}

const defaultSteps = 200_000_000

/** What is read besides configurations. */
export interface AlsoRead {
  readonly universes?: Universes
  /** What is asked of requests. */
  readonly match?: RouteMatchJson | undefined
  /** Makes more conditions, which must be there before hosts are divided by them. */
  read?(side: ConfigurationSide, parts: RequestParts): void
}

/**
 * Reads configurations.
 *
 * @throws {RouteConfigError} if one of them has faults.
 */
export function readModel(
  configurations: readonly RouteConfigurationJson[],
  options: AnalysisOptions,
  also: AlsoRead = {},
): Model {
  const { match } = also
  const ignoreParameters = configurations.some(ignoresParameters)
  const asked = {
    virtualHosts: match === undefined ? [] : [{ routes: [{ match }] }],
    ignorePathParametersInPathMatching: ignoreParameters,
  }
  const pathHeaderMatters = [...configurations, asked].some(asksPathHeader)
  const parts = new RequestParts({
    pathHeaderMatters,
    ignoreParameters,
    entangled: entangledParts([...configurations, asked]),
    ...(also.universes === undefined ? {} : { universes: also.universes }),
  })
  const sides = configurations.map((it) => readSide(it, parts, options))
  const condition = match === undefined ? always : readConditions(match, parts, ignoreParameters)
  for (const side of sides) also.read?.(side, parts)
  const budget = { steps: options.maxSteps ?? defaultSteps }
  const spaces = spacesOfSides(sides, parts)
  if ('unknown' in spaces)
    return { parts, sides, condition, spaces: [], unknown: spaces.unknown, budget }
  return { parts, sides, condition, spaces, unknown: undefined, budget }
}

function spacesOfSides(
  sides: readonly ConfigurationSide[],
  parts: RequestParts,
): readonly HostSpace[] | Unknown {
  if (sides.some(({ configuration: { vhostHeader = '' } }) => vhostHeader !== '')) {
    return { unknown: 'a header chooses the virtual host (vhost_header)' }
  }
  const ignoring = sides.filter(({ configuration }) => ignoresParameters(configuration))
  if (ignoring.length > 0 && ignoring.length < sides.length) {
    return { unknown: 'only one of the configurations ignores path parameters' }
  }
  return hostSpaces(
    sides.map(({ domains }) => domains),
    parts,
  )
}

function ignoresParameters(configuration: RouteConfigurationJson): boolean {
  return configuration.ignorePathParametersInPathMatching === true
}
