// Both ends of the TCP benchmark, each in a process of its own: `backend PORT`, `bulk PORT CONNECTIONS SECONDS`, `short PORT PARALLEL SECONDS`.
import { connect, createServer, type Socket } from 'node:net'

/** What a client asks the backend for by its first byte. */
const wantsBulk = 'b'
const wantsEcho = 'e'

const chunk = Buffer.alloc(262_144, 'x')
const [mode, port = '0', count = '1', seconds = '1'] = process.argv.slice(2)

if (mode === 'backend') serve()
else if (mode === 'bulk') download()
else short()

function serve(): void {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', (first) => {
      if (first.toString('latin1', 0, 1) === wantsBulk) flood(socket)
      else socket.end(first)
    })
  })
  server.listen(Number(port), '127.0.0.1')
}

function flood(socket: Socket): void {
  const more = (): void => {
    while (socket.writable && socket.write(chunk));
  }
  socket.on('drain', more)
  more()
}

/** Prints the bytes that came in the time. */
function download(): void {
  let bytes = 0
  const buffer = Buffer.alloc(1_048_576)
  for (let i = 0; i < Number(count); i++) {
    const onread = {
      buffer,
      callback: (read: number): boolean => {
        bytes += read
        return true
      },
    }
    const socket = connect({ port: Number(port), host: '127.0.0.1', onread })
    socket.on('error', fail)
    socket.write(wantsBulk)
  }
  setTimeout(() => finish(bytes), Number(seconds) * 1000)
}

/** Prints how many connections were made, said a byte, heard it and ended in the time. */
function short(): void {
  let done = 0
  const again = (): void => {
    const socket = connect(Number(port), '127.0.0.1')
    let heard = 0
    socket.on('error', fail)
    socket.on('data', (it) => {
      heard += it.length
    })
    socket.once('end', () => {
      if (heard !== 1) fail(new Error(`heard ${heard} bytes`))
      done += 1
      again()
    })
    socket.write(wantsEcho)
  }
  for (let i = 0; i < Number(count); i++) again()
  setTimeout(() => finish(done), Number(seconds) * 1000)
}

function finish(result: number): void {
  console.log(result)
  process.exit(0)
}

function fail(error: Error): void {
  console.error(error.message)
  process.exit(1)
}
