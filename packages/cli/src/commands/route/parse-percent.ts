import { InvalidArgumentError } from 'commander'

/** A number from 0 to 100. */
export function parsePercent(text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !(number >= 0 && number <= 100)) {
    throw new InvalidArgumentError(`Expected a number from 0 to 100, got ${JSON.stringify(text)}.`)
  }
  return number
}
