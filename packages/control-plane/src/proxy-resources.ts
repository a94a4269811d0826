import { compile, type NodeJson, proxyFromNode, type Resources } from '@meshwright/config-compiler'
import type { Snapshot } from '@meshwright/mesh-config'

// More proxies than one process serves; whoever varies its node without end gains nothing.
const maxKept = 10_000

/**
 * What each proxy should have: compiled when it is asked for, and kept as long as the snapshot is
 * in force. Proxies that are the same to the compiler get the same object.
 */
export class ProxyResources {
  #snapshot: Snapshot | undefined
  #kept = new Map<string, Resources>()
  #checked: { readonly snapshot: Snapshot; readonly compiled: Map<string, Resources> } | undefined

  /** The snapshot in force. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot
  }

  /**
   * Compiles a snapshot for these nodes before it is in force; gives what is different.
   *
   * @throws what the compiler throws, if it cannot
   */
  check(snapshot: Snapshot, nodes: Iterable<NodeJson>): Iterable<Resources> {
    const compiled = new Map<string, Resources>()
    for (const node of nodes) resourcesOf(snapshot, node, compiled)
    this.#checked = { snapshot, compiled }
    return compiled.values()
  }

  /** Brings a snapshot into force. */
  use(snapshot: Snapshot): void {
    if (snapshot === this.#snapshot) return
    this.#kept = this.#checked?.snapshot === snapshot ? this.#checked.compiled : new Map()
    this.#snapshot = snapshot
    this.#checked = undefined
  }

  /**
   * What the proxy with this node should have; nothing while there is no snapshot.
   *
   * @throws {CompileError} if the node is not of the form that Istio's agents write
   */
  resourcesFor(node: NodeJson): Resources | undefined {
    if (this.#snapshot === undefined) return undefined
    return resourcesOf(this.#snapshot, node, this.#kept)
  }
}

function resourcesOf(snapshot: Snapshot, node: NodeJson, kept: Map<string, Resources>): Resources {
  const proxy = proxyFromNode(node)
  const key = JSON.stringify(proxy)
  const resources = kept.get(key) ?? compile(snapshot, proxy)
  if (kept.size >= maxKept) kept.clear()
  kept.set(key, resources)
  return resources
}
