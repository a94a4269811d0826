import { applyHeaderMutations, type HeaderMutations } from '@meshwright/route-matcher'

/** Headers as a route leaves them. Names are lower-case; `%…%` operators are not evaluated. */
export interface HeaderEffects {
  /** Every header there is in the end; several values are joined by a comma. */
  readonly headers: ReadonlyMap<string, string>
  /** What the route takes away and does not set anew. */
  readonly removed: ReadonlySet<string>
}

/** Applies the mutations of a route to headers. */
export function headerEffects(
  levels: readonly HeaderMutations[],
  before: Readonly<Record<string, string | readonly string[]>>,
): HeaderEffects {
  const headers = new Map<string, string>()
  const append = (name: string, value: string): void => {
    const known = headers.get(name)
    headers.set(name, known === undefined ? value : `${known},${value}`)
  }
  for (const [name, value] of Object.entries(before)) {
    append(name.toLowerCase(), typeof value === 'string' ? value : value.join(','))
  }
  applyHeaderMutations(
    levels,
    {
      has: (name) => headers.has(name),
      set: (name, value) => headers.set(name, value),
      append,
      remove: (name) => headers.delete(name),
    },
    (template) => template,
  )
  const removed = levels.flatMap(({ remove }) => remove).filter((name) => !headers.has(name))
  return { headers, removed: new Set(removed) }
}
