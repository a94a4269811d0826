import type { ClusterJson } from '@meshwright/xds-types/envoy/config/cluster/v3'
import type { ListenerJson } from '@meshwright/xds-types/envoy/config/listener/v3'
import type { SecretJson } from '@meshwright/xds-types/envoy/extensions/transport_sockets/tls/v3'
import { ReferredNames } from './referred-names.ts'
import { type SecretReference, secretsOfCluster, secretsOfListener } from './secret-references.ts'
import type { WarmSet } from './warm-set.ts'

/** Good secrets that came, and names that were answered without one. */
interface SecretChange {
  readonly set: readonly { readonly name: string; readonly json: unknown }[]
  readonly answered: readonly string[]
}

/** The secrets that clusters and listeners ask for over ADS. */
export class SecretCache {
  readonly #dynamic = new Map<string, SecretJson>()
  /** Answered without a good one. */
  readonly #absent = new Set<string>()
  readonly #ofClusters = new ReferredNames<ClusterJson>((it) => namesIn(secretsOfCluster(it)))
  readonly #ofListeners = new ReferredNames<ListenerJson>((it) => namesIn(secretsOfListener(it)))
  #parts: readonly (readonly string[])[] = []
  #names: readonly string[] = []
  #all: ReadonlyMap<string, SecretJson> = new Map()

  /** By name. The same map until one of them changes. */
  get all(): ReadonlyMap<string, SecretJson> {
    return this.#all
  }

  /** Names to ask for; sorted. The same list until it changes. */
  namesIn(clusters: WarmSet<ClusterJson>, listeners: WarmSet<ListenerJson>): readonly string[] {
    const parts = [this.#ofClusters.of(clusters), this.#ofListeners.of(listeners)]
    if (parts.every((it, i) => it === this.#parts[i])) return this.#names
    this.#parts = parts
    this.#names = [...new Set(parts.flat())].sort()
    return this.#names
  }

  /** Whether there is one that came over ADS. */
  has(name: string): boolean {
    return this.#dynamic.has(name)
  }

  /** Whether nothing is to be waited for: all are there, or will not come. */
  areResolved(references: readonly SecretReference[]): boolean {
    return references.every(({ name }) => this.#dynamic.has(name) || this.#absent.has(name))
  }

  /** Takes in an answer; what nobody asked for is left out. */
  apply({ set, answered }: SecretChange, wanted: readonly string[]): void {
    const names = new Set(wanted)
    let changed = false
    for (const { name, json } of set) {
      if (!names.has(name)) continue
      this.#absent.delete(name)
      if (this.#dynamic.get(name) === json) continue
      this.#dynamic.set(name, json as SecretJson)
      changed = true
    }
    for (const name of answered) {
      if (names.has(name) && !this.#dynamic.has(name)) this.#absent.add(name)
    }
    if (changed) this.#rebuild()
  }

  /** Forgets what nobody names any more. */
  retain(wanted: readonly string[]): void {
    const names = new Set(wanted)
    for (const name of this.#absent) if (!names.has(name)) this.#absent.delete(name)
    const gone = [...this.#dynamic.keys()].filter((name) => !names.has(name))
    for (const name of gone) this.#dynamic.delete(name)
    if (gone.length > 0) this.#rebuild()
  }

  #rebuild(): void {
    this.#all = new Map(this.#dynamic)
  }
}

function namesIn(references: readonly SecretReference[]): string[] {
  return references.map(({ name }) => name)
}
