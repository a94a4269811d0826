/** How far a resource is exported, nearest first: 0 its own namespace, 1 named ones, 2 every one. */
export function exportRank(exportTo: readonly string[] | undefined, namespace: string): number {
  if (exportTo === undefined || exportTo.length === 0 || exportTo.includes('*')) return 2
  return exportTo.every((entry) => entry === '.' || entry === namespace) ? 0 : 1
}

/**
 * Whether a resource of `namespace` is seen from `client`, by its `exportTo`: `.` is its own
 * namespace, `*` every one, `~` none; an empty list means every one.
 */
export function isVisible(
  exportTo: readonly string[] | undefined,
  namespace: string,
  client: string,
): boolean {
  if (exportTo === undefined || exportTo.length === 0) return true
  return exportTo.some(
    (entry) => entry === '*' || (entry === '.' && namespace === client) || entry === client,
  )
}
