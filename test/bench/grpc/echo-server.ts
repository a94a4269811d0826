// `node --conditions=@meshwright/source echo-server.ts PORT`: answers each gRPC call with its message, as cheaply as our codec can.
import { createServer } from 'node:net'
import { defaultAmbient } from '../../../packages/mini-proxy/src/defaults.ts'
import { deadlinesOn } from '../../../packages/mini-proxy/src/http/deadlines.ts'
import { HeaderList } from '../../../packages/mini-proxy/src/http/header-list.ts'
import type { StreamHandler } from '../../../packages/mini-proxy/src/http/stream.ts'
import { resolveHttp2Options } from '../../../packages/mini-proxy/src/http2/http2-options.ts'
import { http2Stats } from '../../../packages/mini-proxy/src/http2/http2-stats.ts'
import { Http2ServerConnection } from '../../../packages/mini-proxy/src/http2/server-connection.ts'
import { createStatsStore } from '../../../packages/mini-proxy/src/stats/stats-store.ts'
import { backendHosts } from '../proxy-configs.ts'

const headers = new HeaderList(['content-type', 'application/grpc'])
const trailers = new HeaderList(['grpc-status', '0'])

const echo: StreamHandler = (sender) => ({
  onHead(_, endStream) {
    sender.sendHead({ status: 200, headers }, false)
    if (endStream) sender.sendTrailers(trailers)
  },
  onData(chunk, endStream) {
    if (chunk.length > 0) sender.sendData(chunk, false)
    if (endStream) sender.sendTrailers(trailers)
  },
  onTrailers: () => sender.sendTrailers(trailers),
  onReset: () => undefined,
  onWritable: () => undefined,
})

const store = createStatsStore()
const options = {
  onStream: echo,
  deadlines: deadlinesOn(defaultAmbient.timers),
  http2: resolveHttp2Options(),
  limits: { maxHeadBytes: 61_440, maxHeaders: 100 },
  stats: http2Stats(store),
  tooManyResets: store.counter('resets'),
  idleTimeoutMs: Number.POSITIVE_INFINITY,
  requestHeadersTimeoutMs: Number.POSITIVE_INFINITY,
  streamIdleTimeoutMs: Number.POSITIVE_INFINITY,
  delayedCloseTimeoutMs: 1000,
  maxRequests: Number.POSITIVE_INFINITY,
  proxyContinue: false,
}
const facts = {
  id: 0,
  remoteAddress: '127.0.0.1',
  remotePort: 0,
  localAddress: '127.0.0.1',
  localPort: 0,
  tls: undefined,
}

// On every address that ours balances over; the first listens last, because who starts this waits for it.
for (const host of backendHosts.toReversed()) {
  createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined)
    new Http2ServerConnection(socket, facts, options)
  }).listen(Number(process.argv[2]), host)
}
