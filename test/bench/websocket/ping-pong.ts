// `node ping-pong.ts PORT CONNECTIONS SECONDS`: says a WebSocket message on each connection whenever it has heard the last one
// again; prints how many it has heard.
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { acceptOf, clientFrame, messageBytes, serverFrame } from './frames.ts'

const [port, connections, seconds] = process.argv.slice(2).map(Number)
const endOfHead = '\r\n\r\n'
let heard = 0

for (let i = 0; i < (connections ?? 0); i++) converse()
setTimeout(
  () => {
    console.log(heard)
    process.exit(0)
  },
  (seconds ?? 0) * 1000,
)

function converse(): void {
  const key = randomBytes(16).toString('base64')
  const message = randomBytes(messageBytes)
  const said = clientFrame(message, randomBytes(4))
  const expected = serverFrame(message)
  let pending = Buffer.alloc(0)
  let isOpen = false
  const socket = connect({ port: port ?? 0, host: '127.0.0.1', noDelay: true })
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the connection was closed')))
  socket.on('data', (bytes) => {
    pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes])
    if (!isOpen) {
      const end = pending.indexOf(endOfHead)
      if (end < 0) return
      isOpen = true
      checkUpgrade(pending.toString('latin1', 0, end), key)
      pending = pending.subarray(end + endOfHead.length)
      socket.write(said)
    }
    if (pending.length < expected.length) return
    if (!pending.equals(expected)) fail(new Error(`heard ${pending.toString('hex')}`))
    pending = Buffer.alloc(0)
    heard += 1
    socket.write(said)
  })
  const lines = [
    'GET / HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${key}`,
  ]
  socket.write(`${lines.join('\r\n')}${endOfHead}`)
}

function checkUpgrade(head: string, key: string): void {
  const accept = /^sec-websocket-accept: *(\S+)/im.exec(head)?.[1]
  if (!head.startsWith('HTTP/1.1 101 ') || accept !== acceptOf(key)) {
    fail(new Error(`not upgraded: ${head}`))
  }
}

function fail(error: Error): never {
  console.error(error.message)
  process.exit(1)
}
