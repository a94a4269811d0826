/** Order by UTF-16 code units; a missing text is empty. */
export function compareText(a = '', b = ''): number {
  if (a < b) return -1
  return a === b ? 0 : 1
}
