import type { Duplex } from 'node:stream'

/** Destroys a stream once all is written; `end` says that no more will be. */
export function finishStream(stream: Duplex, end: () => void): void {
  if (stream.destroyed) return
  if (stream.writableFinished) {
    stream.destroy()
    return
  }
  stream.once('finish', () => stream.destroy())
  end()
}
