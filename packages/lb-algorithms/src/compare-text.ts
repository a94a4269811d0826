/** Order by UTF-16 code units; a missing text is empty. */
export function compareText(a = '', b = ''): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
