import { compareText } from './compare-text.ts'
import { equal } from './equal.ts'
import type { MeshService, Resource, Snapshot } from './snapshot.ts'

/** Names a resource. */
export interface ResourceKey {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** Names a service. */
export interface ServiceKey {
  readonly hostname: string
  readonly namespace: string
}

/** What came, went, and is different. Each list is sorted. */
export interface Changes<Key> {
  readonly added: readonly Key[]
  readonly changed: readonly Key[]
  readonly removed: readonly Key[]
}

/** How two snapshots differ. */
export interface SnapshotDiff {
  /** Whether the mesh configuration differs. */
  readonly mesh: boolean
  readonly resources: Changes<ResourceKey>
  readonly services: Changes<ServiceKey>
  /** Nothing differs. */
  readonly isEmpty: boolean
}

/**
 * Says how `after` differs from `before` in meaning: a document that only moved is not a change.
 * Costs nothing for what the two share.
 */
export function diff(before: Snapshot, after: Snapshot): SnapshotDiff {
  const mesh = !equal(before.mesh, after.mesh)
  const resources = changes(resourcesOf(before), resourcesOf(after), sameResource)
  const services = changes(servicesOf(before), servicesOf(after), sameService)
  const isEmpty = !mesh && isNone(resources) && isNone(services)
  return {
    mesh,
    resources: keysOf(resources, ({ kind, metadata }) => ({
      kind,
      namespace: metadata.namespace,
      name: metadata.name,
    })),
    services: keysOf(services, ({ hostname, namespace }) => ({ hostname, namespace })),
    isEmpty,
  }
}

function resourcesOf(snapshot: Snapshot): ReadonlyMap<string, Resource<unknown>> {
  const { virtualServices, destinationRules, gateways, sidecars } = snapshot
  const { serviceEntries, workloadEntries } = snapshot
  const all: readonly Resource<unknown>[] = [
    ...virtualServices,
    ...destinationRules,
    ...gateways,
    ...sidecars,
    ...serviceEntries,
    ...workloadEntries,
  ]
  return new Map(
    all.map((each) => [`${each.kind}/${each.metadata.namespace}/${each.metadata.name}`, each]),
  )
}

function servicesOf({ services }: Snapshot): ReadonlyMap<string, MeshService> {
  return new Map(services.map((each) => [`${each.hostname}/${each.namespace}`, each]))
}

function sameResource(a: Resource<unknown>, b: Resource<unknown>): boolean {
  return a === b || equal({ ...a, source: undefined }, { ...b, source: undefined })
}

function sameService(a: MeshService, b: MeshService): boolean {
  return a === b || equal({ ...a, source: undefined }, { ...b, source: undefined })
}

function changes<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  same: (a: T, b: T) => boolean,
): Changes<T> {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort(compareText)
  const added: T[] = []
  const changed: T[] = []
  const removed: T[] = []
  for (const name of names) {
    const old = before.get(name)
    const now = after.get(name)
    if (now === undefined) {
      if (old !== undefined) removed.push(old)
    } else if (old === undefined) added.push(now)
    else if (!same(old, now)) changed.push(now)
  }
  return { added, changed, removed }
}

function isNone({ added, changed, removed }: Changes<unknown>): boolean {
  return added.length + changed.length + removed.length === 0
}

function keysOf<T, Key>(all: Changes<T>, key: (value: T) => Key): Changes<Key> {
  const { added, changed, removed } = all
  return { added: added.map(key), changed: changed.map(key), removed: removed.map(key) }
}
