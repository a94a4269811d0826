import type { Located } from '../catalog.ts'
import { hostCovers } from '../hosts.ts'
import type { DestinationRuleSpec } from '../spec/destination-rule.ts'
import type { ServiceIndex } from './service-index.ts'

/** Finds the subsets that destination rules give to a host. */
export class SubsetIndex {
  readonly #exact = new Map<string, string[]>()
  readonly #wildcards: { readonly pattern: string; readonly names: readonly string[] }[] = []

  constructor(rules: readonly Located<DestinationRuleSpec>[], services: ServiceIndex) {
    for (const { resource } of rules) {
      const { host = '', subsets = [] } = resource.spec
      const fullName = services.fullName(host, resource.metadata.namespace)
      const names = subsets.flatMap((subset) => subset?.name ?? [])
      if (fullName.startsWith('*')) this.#wildcards.push({ pattern: fullName, names })
      else this.#exact.set(fullName, [...(this.#exact.get(fullName) ?? []), ...names])
    }
  }

  /** The names of the subsets of a host, from all rules that apply to it. */
  of(fullName: string): readonly string[] {
    const wide = this.#wildcards.filter(({ pattern }) => hostCovers(pattern, fullName))
    return [...(this.#exact.get(fullName) ?? []), ...wide.flatMap(({ names }) => names)]
  }
}
