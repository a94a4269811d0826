import type { Readable, Writable } from 'node:stream'

/** Takes all that comes, and lets so many turns of the loop pass after each chunk. */
export function readPaced(from: Readable, turns: number, take: (chunk: Buffer) => void): void {
  from.on('data', (chunk: Buffer) => {
    take(chunk)
    if (turns === 0) return
    from.pause()
    afterTurns(turns, () => from.resume())
  })
}

const pieceBytes = 20_000

/** How to write a body. */
export interface PacedWrite {
  readonly turns: number
  /** Called in place of an end once all was written. */
  readonly end: () => void
}

/** Writes in pieces, no faster than they are taken, and lets so many turns pass between two; at once if none. */
export function writePaced(to: Writable, bytes: Buffer, { turns, end }: PacedWrite): void {
  const size = turns === 0 ? bytes.length : pieceBytes
  let at = 0
  const next = (): void => {
    if (to.destroyed) return
    if (at >= bytes.length) {
      end()
      return
    }
    const isTaken = to.write(bytes.subarray(at, at + size))
    at += size
    if (isTaken) afterTurns(turns, next)
    else to.once('drain', () => afterTurns(turns, next))
  }
  next()
}

function afterTurns(turns: number, then: () => void): void {
  if (turns === 0) then()
  else setImmediate(() => afterTurns(turns - 1, then))
}
