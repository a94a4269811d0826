import type { Socket } from 'node:net'
import type { Timers } from '../ambient.ts'
import { HeldBytes } from '../http/held-bytes.ts'

/** Looks at the bytes so far and says how many of them it takes; undefined asks for more. */
export type Inspector = (bytes: Uint8Array) => number | undefined

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
 * Reads a connection's first bytes without consuming them, but for those that the inspector takes: the others are put
 * back before `onEnd` is called, and the socket is as fresh as after `accept`.
 */
export function peek(
  socket: Socket,
  inspect: Inspector,
  options: PeekOptions,
  onEnd: (end: PeekEnd) => void,
): void {
  const held = new HeldBytes()
  let timer: unknown
  const finish = (end: PeekEnd, taken = 0): void => {
    socket.off('readable', onReadable)
    socket.off('close', onClosed)
    socket.off('end', onClosed)
    if (timer !== undefined) options.timers.clearTimeout(timer)
    if (end !== 'closed' && held.length > taken) socket.unshift(held.bytes.subarray(taken))
    // Taking the last 'readable' listener off frees the stream's flow on the next tick only.
    process.nextTick(() => onEnd(socket.destroyed ? 'closed' : end))
  }
  const onReadable = (): void => {
    const chunk: Buffer | null = socket.read()
    if (chunk === null) return
    held.append(chunk)
    const taken = inspect(held.bytes)
    if (taken !== undefined || held.length >= options.maxBytes) finish('done', taken)
  }
  const onClosed = (): void => finish('closed')
  if (Number.isFinite(options.timeoutMs)) {
    timer = options.timers.setTimeout(() => finish('timeout'), options.timeoutMs)
  }
  socket.on('readable', onReadable)
  socket.once('end', onClosed)
  socket.once('close', onClosed)
}
