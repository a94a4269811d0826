import type { Duplex } from 'node:stream'
import type { Timers } from '../ambient.ts'

/** Told of a relay's progress. */
export interface RelayOptions {
  /** Both ends are closed once nothing has moved for so long. `Infinity`: never. */
  readonly idleTimeoutMs: number
  readonly timers: Timers
  /** Bytes taken from the first end. */
  onForward(bytes: number): void
  /** Bytes taken from the second end. */
  onBackward(bytes: number): void
}

/**
 * Joins two connections: what one end says the other hears, with back-pressure, and an end that has said all is
 * half-closed while the other goes on. When one breaks, the other is closed once it has what was sent before.
 */
export function relay(first: Duplex, second: Duplex, options: RelayOptions): void {
  const idle = idleTimer(options, () => {
    first.destroy()
    second.destroy()
  })
  pump(first, second, (bytes) => {
    idle.touch()
    options.onForward(bytes)
  })
  pump(second, first, (bytes) => {
    idle.touch()
    options.onBackward(bytes)
  })
  // The timer outlives the first to close: the other may be stuck with bytes that nobody takes.
  let open = 2
  for (const end of [first, second]) {
    end.once('close', () => {
      open--
      if (open === 0) idle.stop()
    })
  }
}

function pump(from: Duplex, to: Duplex, onBytes: (bytes: number) => void): void {
  from.on('data', (chunk: Buffer) => {
    onBytes(chunk.length)
    if (to.writable && !to.write(chunk)) from.pause()
  })
  to.on('drain', () => from.resume())
  from.once('end', () => to.end())
  from.once('close', () => endAfterFlush(to))
}

/** A half-closed socket that nobody answers any more ends itself; one that was cut short is cut after its last byte. */
function endAfterFlush(socket: Duplex): void {
  if (socket.destroyed) return
  if (socket.writableFinished) socket.destroy()
  else socket.end(() => socket.destroy())
}

/** One timer for many touches: it looks back when it fires, rather than being moved by every byte. */
function idleTimer(options: RelayOptions, onIdle: () => void): { touch(): void; stop(): void } {
  const { idleTimeoutMs, timers } = options
  let touched = false
  let timer: unknown
  const arm = (): void => {
    touched = false
    timer = timers.setTimeout(() => (touched ? arm() : onIdle()), idleTimeoutMs)
  }
  if (Number.isFinite(idleTimeoutMs)) arm()
  return {
    touch: () => {
      touched = true
    },
    stop: () => {
      if (timer !== undefined) timers.clearTimeout(timer)
      timer = undefined
    },
  }
}
