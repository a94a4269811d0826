import type { RuntimeFractionJson } from '@meshwright/route-matcher'
import type { Formula, Formulas } from './formulas.ts'

/** Reads a runtime fraction, its runtime key not being set. */
export function readFraction(
  { defaultValue = {} }: RuntimeFractionJson,
  formulas: Formulas,
): Formula {
  const { numerator = 0, denominator = 0 } = defaultValue
  const index = typeof denominator === 'number' ? denominator : names.indexOf(denominator)
  return formulas.draw(numerator, denominators[index] ?? 100)
}

/** In the order of Envoy's numbers. */
const names = ['HUNDRED', 'TEN_THOUSAND', 'MILLION']
const denominators = [100, 10_000, 1_000_000]
