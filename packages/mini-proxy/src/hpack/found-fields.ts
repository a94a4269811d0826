/** A field and where it is. */
interface Found {
  readonly name: string
  readonly value: string
  /** 0: forgotten. */
  id: number
  /** What came after it last time. */
  next: Found | undefined
}

/** A power of two. */
const slots = 64

/**
 * The fields that an encoder found last. Fields mostly come in the order of the head before, so that each is where the one
 * before it points to; otherwise it stands in one of two slots.
 */
export class FoundFields {
  readonly #slots: (Found | undefined)[] = new Array(slots).fill(undefined)
  #last: Found = { name: '', value: '', id: 0, next: undefined }

  /** The id that the field was added with, or 0. Whether that still stands for it is the caller's to know. */
  recall(name: string, value: string): number {
    const { next } = this.#last
    if (next !== undefined && next.value === value && next.name === name && next.id !== 0) {
      this.#last = next
      return next.id
    }
    const slot = slotOf(name, value)
    return this.#recallAt(slot, name, value) || this.#recallAt(slot + 1, name, value)
  }

  /** Remembers a field, and forgets another if need be. The strings are kept. */
  add(name: string, value: string, id: number): void {
    const slot = slotOf(name, value)
    const found = { name, value, id, next: undefined }
    forget(this.#slots[slot + 1])
    this.#slots[slot + 1] = this.#slots[slot]
    this.#slots[slot] = found
    this.#follow(found)
  }

  #recallAt(slot: number, name: string, value: string): number {
    const found = this.#slots[slot]
    if (found === undefined || found.value !== value || found.name !== name) return 0
    this.#follow(found)
    return found.id
  }

  #follow(found: Found): void {
    // One that was forgotten may be what a living one points to: it would begin a chain that only ever grows.
    if (this.#last.id !== 0) this.#last.next = found
    this.#last = found
  }
}

/** What is in no slot points to nothing, lest it keep a chain of others alive. */
function forget(found: Found | undefined): void {
  if (found === undefined) return
  found.id = 0
  found.next = undefined
}

/** The first of a field's two slots, told by what takes no loop over its characters. Any factors do: these put few usual fields at one place. */
function slotOf(name: string, value: string): number {
  const { length } = value
  const last = length === 0 ? 0 : value.charCodeAt(length - 1)
  const sum = name.length * 31 + name.charCodeAt(name.length - 1) * 23 + length * 67 + last * 3
  return (Math.imul(sum, goldenRatio) >>> 26) & (slots - 2)
}

/** 2^32 divided by it: spreads over the high bits what differs in the low ones. */
const goldenRatio = 0x9e37_79b1
