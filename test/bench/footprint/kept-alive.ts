import { connect, type Socket } from 'node:net'

/** A connection that has had one answer and is idle now. */
export function keptAlive(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
    )
    socket.once('data', () => resolve(socket))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed before the answer')))
  })
}

/** Whether a proxy answers on the port yet. */
export async function answersOn(port: number): Promise<boolean> {
  const socket = await keptAlive(port).catch(() => undefined)
  socket?.destroy()
  return socket !== undefined
}
