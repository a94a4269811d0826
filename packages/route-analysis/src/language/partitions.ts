/** Symbols in blocks that a number of labels do not tell apart. */
export interface Partition {
  readonly id: number
  /** By symbol. */
  readonly blockOf: Int32Array
  /** The symbols of each block, ascending; blocks by their first symbol. */
  readonly blocks: readonly (readonly number[])[]
}

/** Makes partitions of the symbols, each once. */
export class Partitions {
  readonly #labels: readonly Uint8Array[]
  readonly #symbols: number
  readonly #known = new Map<string, Partition>()

  /** `labels` may grow. */
  constructor(labels: readonly Uint8Array[], symbols: number) {
    this.#labels = labels
    this.#symbols = symbols
  }

  /** The partition by labels that are given ascending. */
  of(labels: readonly number[]): Partition {
    const key = labels.join()
    let partition = this.#known.get(key)
    if (partition === undefined) {
      partition = this.#make(labels)
      this.#known.set(key, partition)
    }
    return partition
  }

  #make(labels: readonly number[]): Partition {
    let blockOf: Int32Array = new Int32Array(this.#symbols)
    for (const label of labels) {
      const holds = this.#labels[label]
      if (holds !== undefined) blockOf = renumber(blockOf, holds)
    }
    const blocks: number[][] = []
    for (const [symbol, block] of blockOf.entries()) {
      const members = blocks[block]
      if (members === undefined) blocks[block] = [symbol]
      else members.push(symbol)
    }
    return { id: this.#known.size, blockOf, blocks }
  }
}

function renumber(blockOf: Int32Array, holds: Uint8Array): Int32Array {
  const numbers = new Map<number, number>()
  return blockOf.map((block, symbol) => {
    const pair = block * 2 + (holds[symbol] ?? 0)
    const number = numbers.get(pair) ?? numbers.size
    numbers.set(pair, number)
    return number
  })
}
