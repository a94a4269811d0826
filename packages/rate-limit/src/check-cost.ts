import { RateLimitError } from './errors.ts'

/** Refuses a cost that is negative or no number. */
export function checkCost(cost: number): void {
  if (!(cost >= 0)) throw badCost(cost, 'a number of at least 0')
}

/** Refuses a cost that cannot be counted. */
export function checkCountedCost(cost: number): void {
  if (!(cost >= 0 && (Number.isInteger(cost) || cost === Infinity))) {
    throw badCost(cost, 'a whole number of at least 0')
  }
}

function badCost(cost: number, expected: string): RateLimitError {
  return new RateLimitError('ERR_RATE_LIMIT_COST', 'cost', { expected, got: cost })
}
