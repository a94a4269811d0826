/** A whole number from 0 to below `length`, each as likely as the other. */
export function sampleIndex(length: number, random: () => number): number {
  // A source of randomness that gives 1 must not lead past the end.
  return Math.min(Math.floor(random() * length), length - 1)
}
