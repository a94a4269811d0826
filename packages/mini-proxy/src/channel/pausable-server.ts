import type { Server } from 'node:net'

/**
 * A server takes connections as fast as they come, and Node has no word for stopping. But its handle is a stream, and libuv
 * polls a listening stream for as long as it is to be read: what stops reading stops accepting, and the system's queue keeps
 * who comes. Only a handle that was opened as one to read from can start and stop so; one that came from another process was.
 */
interface ListeningStream {
  readonly fd?: number
  open?(fd: number): number
  readStart?(): number
  readStop?(): number
}

/** What can leave connections in the system's queue. */
export interface PausableServer {
  pause(): void
  resume(): void
}

/** Opens a bound handle anew, on the descriptor that it has, as one to read from; to be called before it listens. */
export function openForReading(handle: object): void {
  const stream: ListeningStream = handle
  if (stream.fd !== undefined && stream.fd >= 0) stream.open?.(stream.fd)
}

/** A server that has just begun to listen; undefined: it cannot but take who comes. */
export function pausable(server: Server): PausableServer | undefined {
  const stream = (server as unknown as { readonly _handle?: ListeningStream | null })._handle
  if (stream == null || stream.readStop === undefined) return undefined
  // Nothing is read: libuv only learns that it is to poll, which it does already.
  if (stream.readStart?.() !== 0) return undefined
  return {
    pause: () => void stream.readStop?.(),
    resume: () => void stream.readStart?.(),
  }
}
