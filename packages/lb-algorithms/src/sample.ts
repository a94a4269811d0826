/**
 * One of `candidates`, each as likely as the other.
 *
 * @throws {RangeError} if there are none.
 */
export function sample<T>(candidates: readonly T[], random: () => number): T {
  // A source of randomness that gives 1 must not lead past the end.
  const index = Math.min(Math.floor(random() * candidates.length), candidates.length - 1)
  const found = candidates[index]
  if (found === undefined) throw new RangeError('nothing to choose from')
  return found
}
