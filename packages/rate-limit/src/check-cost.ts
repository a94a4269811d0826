import { RateLimitError } from './errors.ts'

/** Throws about a cost that is negative or no number. */
export function refuseCost(cost: number, expected: string): never {
  throw new RateLimitError('ERR_RATE_LIMIT_COST', 'cost', { expected, got: cost })
}
