import type { ProxyView } from '../view.ts'

const kinds = ['listeners', 'clusters', 'routes', 'endpoints', 'secrets', 'staticSecrets'] as const
type Kind = (typeof kinds)[number]

/** What is different in a view, as one process sends it to another. */
export type ViewChange = Readonly<Record<Kind, KindChange>> & {
  /** Whatever is not in it is gone. */
  readonly whole: boolean
}

interface KindChange {
  readonly set: readonly (readonly [name: string, resource: object])[]
  readonly gone: readonly string[]
}

const none: ReadonlyMap<string, never> = new Map<string, never>()

/** What leads from one view to the next; an unchanged resource is the same object. */
export function changeOf(before: ProxyView, after: ProxyView, whole = false): ViewChange {
  const change = (kind: Kind): KindChange => {
    const [old, next] = [before[kind] ?? none, after[kind] ?? none]
    return {
      set: [...next].filter(([name, it]) => whole || old.get(name) !== it),
      gone: [...old.keys()].filter((name) => !next.has(name)),
    }
  }
  return {
    whole,
    listeners: change('listeners'),
    clusters: change('clusters'),
    routes: change('routes'),
    endpoints: change('endpoints'),
    secrets: change('secrets'),
    staticSecrets: change('staticSecrets'),
  }
}

/**
 * The view that a change leads to. A resource that came again as it was stays the object that it was, so that nobody takes
 * it for changed.
 */
export function changedView(before: ProxyView, change: ViewChange): ProxyView {
  const next = <T>(known: ReadonlyMap<string, T>, { set, gone }: KindChange): Map<string, T> => {
    const map = new Map(change.whole ? [] : known)
    for (const name of gone) map.delete(name)
    for (const [name, resource] of set) {
      const old = known.get(name)
      const same = old !== undefined && JSON.stringify(old) === JSON.stringify(resource)
      // Sent as what it is by whoever had it in the same map.
      map.set(name, same ? old : (resource as T))
    }
    return map
  }
  return {
    listeners: next(before.listeners, change.listeners),
    clusters: next(before.clusters, change.clusters),
    routes: next(before.routes, change.routes),
    endpoints: next(before.endpoints, change.endpoints),
    secrets: next(before.secrets ?? none, change.secrets),
    staticSecrets: next(before.staticSecrets ?? none, change.staticSecrets),
  }
}
