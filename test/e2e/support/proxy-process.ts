// A proxy in a process of its own, with its memory watched. Usage: fork(this, [bootstrap as JSON])
import { createServer } from 'node:http'
import { startProxy } from '@meshwright/mini-proxy'
import { parseBootstrap } from '@meshwright/xds-client'

const sampleMs = 10
const running = await startProxy({ bootstrap: parseBootstrap(process.argv[2] ?? '') })
await running.ready
let peak = 0
setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, sampleMs).unref()

/** `/mark` forgets the peak and tells the memory in use, `/peak` tells the peak, both in bytes. */
const meter = createServer((request, response) => {
  if (request.url === '/mark') {
    globalThis.gc?.()
    peak = process.memoryUsage.rss()
  }
  response.end(String(peak))
})
meter.listen(0, '127.0.0.1', () => {
  const address = meter.address()
  const port = typeof address === 'object' ? address?.port : undefined
  process.send?.({ meter: port, listener: running.proxy.listeners.get('in')?.port })
})
process.once('disconnect', () => process.exit())
