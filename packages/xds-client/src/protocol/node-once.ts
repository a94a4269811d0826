import type { NodeJson } from '@meshwright/xds-types/envoy/config/core/v3'

/** Hands out the node for each request of a stream, or for its first one only. */
export class NodeOnce {
  readonly #node: NodeJson
  readonly #firstOnly: boolean
  #sent = false

  constructor(node: NodeJson, firstOnly: boolean) {
    this.#node = node
    this.#firstOnly = firstOnly
  }

  /** The part of the next request that names the node. */
  next(): { readonly node?: NodeJson } {
    if (this.#sent && this.#firstOnly) return {}
    this.#sent = true
    return { node: this.#node }
  }
}
