import type { Socket } from 'node:net'
import type { Timers } from '../ambient.ts'

/** Looks at the bytes so far; false asks for more. */
export type Inspector = (bytes: Uint8Array) => boolean

export interface PeekOptions {
  /** Peeking ends, undecided, after so many bytes. */
  readonly maxBytes: number
  /** `Infinity`: wait for ever. */
  readonly timeoutMs: number
  readonly timers: Timers
}

/** `closed`: the peer left first; `timeout`: it said too little in time. */
export type PeekEnd = 'done' | 'timeout' | 'closed'

/**
 * Reads a connection's first bytes without consuming them: they are put back before `onEnd` is called, and the socket
 * is as fresh as after `accept`.
 */
export function peek(
  socket: Socket,
  inspect: Inspector,
  options: PeekOptions,
  onEnd: (end: PeekEnd) => void,
): void {
  let bytes = Buffer.alloc(0)
  let timer: unknown
  const finish = (end: PeekEnd): void => {
    socket.off('readable', onReadable)
    socket.off('close', onClosed)
    socket.off('end', onClosed)
    if (timer !== undefined) options.timers.clearTimeout(timer)
    if (end !== 'closed' && bytes.length > 0) socket.unshift(bytes)
    // Taking the last 'readable' listener off frees the stream's flow on the next tick only.
    process.nextTick(() => onEnd(socket.destroyed ? 'closed' : end))
  }
  const onReadable = (): void => {
    const chunk: Buffer | null = socket.read()
    if (chunk === null) return
    bytes = Buffer.concat([bytes, chunk])
    if (inspect(bytes) || bytes.length >= options.maxBytes) finish('done')
  }
  const onClosed = (): void => finish('closed')
  if (Number.isFinite(options.timeoutMs)) {
    timer = options.timers.setTimeout(() => finish('timeout'), options.timeoutMs)
  }
  socket.on('readable', onReadable)
  socket.once('end', onClosed)
  socket.once('close', onClosed)
}
