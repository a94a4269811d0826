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
