/**
 * Memory between sockets. Reads of all sockets go into one slab, which belongs to the socket inside its read callback and
 * to nobody afterwards: idle sockets hold none. What is written is copied out of it, into text or into a slab that
 * belongs to that write until it is done. So no write ever points into memory that another read may change.
 */
const readBytes = 128 * 1024

/**
 * Sizes of the slabs that writes get: a write that lasts keeps its slab, so a slow reader of little must not keep much. The
 * largest holds a whole read, a head, and the frame of a chunk; what is larger gets memory of its own.
 */
const sizes = [20 * 1024, readBytes + 16 * 1024]

/** Unused slabs of each size that are kept; more go back to the heap. */
const maxSpare = 8

let readSlab: Buffer | undefined
const spare: readonly Buffer[][] = sizes.map(() => [])
let taken = 0

/** The slab that every fast channel reads into. Never freed: the sockets' handles keep its bare address. */
export function sharedReadSlab(): Buffer {
  readSlab ??= Buffer.allocUnsafeSlow(readBytes)
  return readSlab
}

/** A slab of at least so many bytes, which belongs to the caller until it is given back. */
export function takeSlab(bytes: number): Buffer {
  taken += 1
  const which = sizes.findIndex((size) => size >= bytes)
  return spare[which]?.pop() ?? Buffer.allocUnsafeSlow(sizes[which] ?? bytes)
}

/** No write points into it any more. */
export function giveSlab(slab: Buffer): void {
  taken -= 1
  const ofItsSize = spare[sizes.indexOf(slab.length)]
  if (ofItsSize !== undefined && ofItsSize.length < maxSpare) ofItsSize.push(slab)
}

/** How many belong to writes at this moment. */
export function slabsTaken(): number {
  return taken
}
