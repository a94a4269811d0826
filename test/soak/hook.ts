// Loaded into each of the proxy's processes by `node --import`: tells its memory to whoever connects to a socket of its own. The
// product knows nothing of it.
import { createServer } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { type Memory, type Question, socketsVariable } from './memory.ts'

const server = createServer((socket) => {
  socket.on('error', () => undefined)
  socket.once('data', (text) => {
    const question: Question = JSON.parse(String(text))
    if (question.kind === 'leak') leakPerRequest(question.bytes)
    socket.end(JSON.stringify(memory()))
  })
})
// Who asks must not keep the proxy alive.
server.listen(join(process.env[socketsVariable] ?? '', `${process.pid}.sock`)).unref()

function memory(): Memory {
  // Twice: what finalizers let go of is collected by the second.
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heapBytes: heapUsed + external, rssBytes: rss }
}

/** Plants a fault: whenever the proxy asks for the time, which it does for each request, so many bytes stay for ever. */
function leakPerRequest(bytes: number): void {
  const kept: string[] = []
  const now = performance.now.bind(performance)
  performance.now = () => {
    kept.push(String.fromCharCode(97 + (kept.length % 26)).repeat(bytes) + kept.length)
    return now()
  }
}
