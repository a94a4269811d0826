/** Names in a message longer than this say nothing more. */
const maxShown = 400

/** A text as a message shows it: the middle of a long one is left out. */
export function cut(text: string): string {
  if (text.length <= maxShown) return text
  const half = Math.floor(maxShown / 2)
  return `${text.slice(0, half)}…${text.slice(-half)}`
}
