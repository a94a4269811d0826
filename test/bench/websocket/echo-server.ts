// `node echo-server.ts PORT`: says every WebSocket message again, as cheaply as sockets of node can.
import { createServer, type Socket } from 'node:net'
import { backendHosts } from '../proxy-configs.ts'
import { acceptOf, headBytes, messageBytes, messageOf, serverFrame } from './frames.ts'

const frameBytes = headBytes.client + messageBytes
const endOfHead = '\r\n\r\n'

// The first host listens last, because who starts this waits for it.
for (const host of backendHosts.toReversed()) {
  createServer({ noDelay: true }, serve).listen(Number(process.argv[2]), host)
}

function serve(socket: Socket): void {
  let pending = Buffer.alloc(0)
  let isOpen = false
  socket.on('error', () => socket.destroy())
  socket.on('data', (bytes) => {
    pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes])
    if (!isOpen) {
      const end = pending.indexOf(endOfHead)
      if (end < 0) return
      isOpen = true
      upgrade(socket, pending.toString('latin1', 0, end))
      pending = pending.subarray(end + endOfHead.length)
    }
    while (pending.length >= frameBytes) {
      socket.write(serverFrame(messageOf(pending, 0)))
      pending = pending.subarray(frameBytes)
    }
  })
}

function upgrade(socket: Socket, head: string): void {
  const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1] ?? ''
  const lines = [
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptOf(key)}`,
  ]
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}${endOfHead}`)
}
