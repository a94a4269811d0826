import type { Fraction } from '../action/action.ts'
import type { RuntimeFractionJson } from '../config/config.ts'
import { enumName } from '../config/enum-name.ts'
import { type Findings, fault } from '../config/findings.ts'

/** Compiles a runtime fraction; runtime overrides are not known here, so that its default counts. */
export function compileFraction(
  fraction: RuntimeFractionJson,
  path: string,
  findings: Findings,
): Fraction {
  const { defaultValue } = fraction
  if (defaultValue === undefined) {
    fault(findings, `${path}.defaultValue`, 'expected a fraction, got none')
  }
  const name = enumName(
    defaultValue?.denominator,
    Object.keys(denominators),
    `${path}.defaultValue.denominator`,
    findings,
  )
  return { numerator: defaultValue?.numerator ?? 0, denominator: denominators[name] ?? 100 }
}

/** In the order of Envoy's numbers. */
const denominators: Readonly<Record<string, number>> = {
  HUNDRED: 100,
  TEN_THOUSAND: 10_000,
  MILLION: 1_000_000,
}
