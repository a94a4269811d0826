import { once } from 'node:events'
import { get } from 'node:http'
import { connect, type Socket } from 'node:net'

/** Connections that are opened and kept, many at a time. */
export class ManySockets {
  readonly all: Socket[] = []
  closed = 0
  /** What they heard, all together, as far as it was read. */
  heard = ''

  /** @param first what each says when it is connected */
  static async open(port: number, count: number, first: Uint8Array | string): Promise<ManySockets> {
    const sockets = new ManySockets()
    // The system's queue of connections that wait is short.
    const atOnce = 100
    for (let from = 0; from < count; from += atOnce) {
      const some = Array.from({ length: Math.min(atOnce, count - from) }, () =>
        sockets.#open(port, first),
      )
      await Promise.all(some)
    }
    return sockets
  }

  /** Each says this. */
  say(bytes: Uint8Array | string): void {
    for (const socket of this.all) if (!socket.destroyed) socket.write(bytes)
  }

  /** Nobody reads from now on. */
  stopReading(): void {
    for (const socket of this.all) socket.pause()
  }

  destroy(): void {
    for (const socket of this.all) socket.destroy()
  }

  async #open(port: number, first: Uint8Array | string): Promise<void> {
    const socket = connect(port, '127.0.0.1')
    this.all.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      if (this.heard.length < maxHeard) this.heard += chunk.toString('latin1')
    })
    socket.once('close', () => {
      this.closed += 1
    })
    await Promise.race([once(socket, 'connect'), once(socket, 'close')])
    if (first.length > 0) socket.write(first)
  }
}

const maxHeard = 1_000_000

/** Another client asks so many times and says how many answers were right. */
export async function served(port: number, times: number): Promise<number> {
  let right = 0
  for (let i = 0; i < times; i++) if ((await ask(port)) === '200 hello') right += 1
  return right
}

function ask(port: number): Promise<string> {
  return new Promise((resolve) => {
    get({ port, host: '127.0.0.1', path: '/', agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.once('error', ({ message }) => resolve(message))
      response.once('end', () => resolve(`${response.statusCode} ${text}`))
    }).once('error', ({ message }) => resolve(message))
  })
}
