import { connect, createServer, type Server, type Socket } from 'node:net'

/** A server on a port of its own; `onSocket` serves. */
export async function serve(
  onSocket: (socket: Socket) => void,
): Promise<{ port: number; close(): Promise<void> }> {
  const open = new Set<Socket>()
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => open.delete(socket))
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => {
      for (const socket of open) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** Says back what it hears, and ends when the other side has ended. */
export function echo(socket: Socket): void {
  socket.pipe(socket)
}

/** Sends `text`, half-closes, and resolves with all that came back; an error counts as an end. */
export function exchange(port: number, text: string, host = '127.0.0.1'): Promise<string> {
  return new Promise((resolve) => {
    let heard = ''
    const socket = connect({ port, host, allowHalfOpen: true })
    socket.setEncoding('utf8')
    socket.on('data', (chunk) => {
      heard += chunk
    })
    socket.on('error', () => undefined)
    socket.once('close', () => resolve(heard))
    socket.once('end', () => socket.end())
    socket.end(text)
  })
}
