import { typeUrls } from '../src/resource-type.ts'
import type { WireSet } from '../src/session.ts'
import type { DiscoveryMessage } from '../src/subscription.ts'
import type { TypeResources } from '../src/type-resources.ts'
import type { WireResource } from '../src/wire-resource.ts'

/** Versions by name, by the short name of a type. */
export type Plan = Partial<Record<keyof typeof typeUrls, Readonly<Record<string, string>>>>

/** Resources without bytes: enough for the state machines. A cluster `c` depends on endpoints `c`. */
export function wireSet(plan: Plan): WireSet {
  const kinds = ['cluster', 'endpoint', 'listener', 'route'] as const
  return new Map(kinds.map((kind) => [typeUrls[kind], typeResources(kind, plan[kind] ?? {})]))
}

export function typeResources(
  kind: keyof typeof typeUrls,
  versions: Readonly<Record<string, string>>,
): TypeResources {
  const typeUrl = typeUrls[kind]
  const byName = new Map<string, WireResource>()
  for (const [name, version] of Object.entries(versions)) {
    const dependents = kind === 'cluster' ? [name] : []
    byName.set(name, { typeUrl, name, version, any: new Uint8Array(), dependents, json: {} })
  }
  return { typeUrl, version: JSON.stringify(versions), byName }
}

/** A request of which only what matters is said. */
export function message(
  kind: keyof typeof typeUrls,
  parts: Partial<DiscoveryMessage> = {},
): DiscoveryMessage {
  return {
    typeUrl: typeUrls[kind],
    nonce: '',
    subscribe: [],
    unsubscribe: [],
    initialVersions: new Map(),
    ...parts,
  }
}
