import { connect } from 'node:net'
import type { DrawnMessages } from './draw-message.ts'

/** What a client heard on a connection. */
export interface Heard {
  /** Of every answer, in order, interim ones too. */
  readonly statuses: readonly number[]
  /** The proxy closed; otherwise it was silent for a while. */
  readonly closed: boolean
}

/** Silence for so long is an answer, too: the proxy waits for more. */
const silenceMs = 2000

/** Sends the messages on a connection of their own. */
export function exchange(port: number, { text, cuts }: DrawnMessages): Promise<Heard> {
  return new Promise((resolve) => {
    let received = ''
    const socket = connect(port, '127.0.0.1')
    const end = (closed: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      const statuses = [...received.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, it]) => Number(it))
      resolve({ statuses, closed })
    }
    const timer = setTimeout(() => end(false), silenceMs)
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      received += chunk
      timer.refresh()
    })
    socket.on('end', () => end(true))
    // A reset may overtake the answer, and says that it is over.
    socket.on('error', () => end(true))
    const pieces = [0, ...cuts].map((from, i) => text.slice(from, cuts[i] ?? text.length))
    void write(pieces)

    async function write(all: readonly string[]): Promise<void> {
      for (const piece of all) {
        if (piece === '' || !socket.writable) continue
        await new Promise<void>((taken) => socket.write(piece, 'latin1', () => taken()))
      }
    }
  })
}
