import { compile, type NodeJson, proxyFromNode, type Resources } from '@meshwright/config-compiler'
import type { Snapshot } from '@meshwright/mesh-config'

type CompiledProxy = ReturnType<typeof proxyFromNode>

// A connection that breaks comes back: so many proxies find again what they had. Who varies its node
// without end gains nothing.
const maxLeft = 200

/**
 * What each proxy should have: compiled when it is asked for, and kept as long as the snapshot is
 * in force. Proxies that are the same to the compiler get the same object.
 */
export class ProxyResources {
  #snapshot: Snapshot | undefined
  #kept = new Map<string, Resources>()
  /** Keys of proxies that are gone, the latest last. */
  readonly #left = new Set<string>()
  #checked: { readonly snapshot: Snapshot; readonly compiled: Map<string, Resources> } | undefined

  /** The snapshot in force. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot
  }

  /**
   * Compiles a snapshot for these nodes before it is in force.
   *
   * @param compiled takes what one proxy should have, and may let other work run: thousands of
   * services for hundreds of proxies take seconds
   * @throws what the compiler or `compiled` throws
   */
  async check(
    snapshot: Snapshot,
    nodes: Iterable<NodeJson>,
    compiled: (resources: Resources) => Promise<void>,
  ): Promise<void> {
    const kept = new Map<string, Resources>()
    for (const node of nodes) {
      const known = kept.size
      const resources = resourcesOf(snapshot, proxyFromNode(node), kept)
      if (kept.size > known) await compiled(resources)
    }
    this.#checked = { snapshot, compiled: kept }
  }

  /** Brings a snapshot into force. */
  use(snapshot: Snapshot): void {
    if (snapshot === this.#snapshot) return
    this.#kept = this.#checked?.snapshot === snapshot ? this.#checked.compiled : new Map()
    this.#snapshot = snapshot
    this.#checked = undefined
    this.#left.clear()
  }

  /**
   * What the proxy with this node should have; nothing while there is no snapshot.
   *
   * @throws {CompileError} if the node is not of the form that Istio's agents write
   */
  resourcesFor(node: NodeJson): Resources | undefined {
    if (this.#snapshot === undefined) return undefined
    const proxy = proxyFromNode(node)
    this.#left.delete(keyOf(proxy))
    return resourcesOf(this.#snapshot, proxy, this.#kept)
  }

  /** The proxy with this node is gone: what it had is kept for a while. */
  left(node: NodeJson): void {
    const key = keyOf(proxyFromNode(node))
    this.#left.delete(key)
    if (this.#kept.has(key)) this.#left.add(key)
    for (const oldest of this.#left) {
      if (this.#left.size <= maxLeft) return
      this.#left.delete(oldest)
      this.#kept.delete(oldest)
    }
  }
}

function resourcesOf(
  snapshot: Snapshot,
  proxy: CompiledProxy,
  kept: Map<string, Resources>,
): Resources {
  const key = keyOf(proxy)
  const resources = kept.get(key) ?? compile(snapshot, proxy)
  kept.set(key, resources)
  return resources
}

function keyOf(proxy: CompiledProxy): string {
  return JSON.stringify(proxy)
}
