/**
 * Memory between sockets. Reads of all sockets go into one slab, which belongs to the socket inside its read callback and
 * to nobody afterwards: idle sockets hold none. What is written is copied out of it, into text or into a slab that
 * belongs to that write until it is done. So no write ever points into memory that another read may change.
 */
const readBytes = 128 * 1024

/** Largest write from a slab; what is larger gets memory of its own. Holds a whole read, a head, and the frame of a chunk. */
export const slabBytes: number = readBytes + 16 * 1024

/** Unused slabs that are kept; more go back to the heap. */
const maxSpare = 8

let readSlab: Buffer | undefined
const spare: Buffer[] = []

/** The slab that every fast channel reads into. Never freed: the sockets' handles keep its bare address. */
export function sharedReadSlab(): Buffer {
  readSlab ??= Buffer.allocUnsafeSlow(readBytes)
  return readSlab
}

/** A slab that belongs to the caller until it is given back. */
export function takeSlab(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(slabBytes)
}

/** No write points into it any more. */
export function giveSlab(slab: Buffer): void {
  if (slab.length === slabBytes && spare.length < maxSpare) spare.push(slab)
}
