import type { Metadata } from '@meshwright/mesh-config'

/** Orders texts by their code units, the same everywhere whatever the locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** A copy, ordered by the text that `key` gives for each. */
export function sortedBy<T>(values: Iterable<T>, key: (value: T) => string): T[] {
  return [...values].sort((a, b) => compareText(key(a), key(b)))
}

/**
 * A copy in Istio's order of precedence: older first, then by name, then by namespace. What has no
 * creation time counts as oldest.
 */
export function oldestFirst<T extends { readonly metadata: Metadata }>(
  resources: readonly T[],
): T[] {
  return [...resources].sort(
    (a, b) =>
      createdAt(a.metadata) - createdAt(b.metadata) ||
      compareText(a.metadata.name, b.metadata.name) ||
      compareText(a.metadata.namespace, b.metadata.namespace),
  )
}

function createdAt(metadata: Metadata): number {
  const time = Date.parse(metadata.creationTimestamp ?? '')
  return Number.isNaN(time) ? 0 : time
}
