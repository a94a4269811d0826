// A server that says it has not begun with a request: retried where the route asks for that, and told in Envoy's words where not.
import { once } from 'node:events'
import { constants, createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createProxy, viewOf } from '../../src/index.ts'
import { cluster, http, listener } from '../resources.ts'

const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const logged = {
  accessLog: [
    {
      name: 'log',
      typedConfig: {
        '@type': 'type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
        logFormat: {
          textFormatSource: {
            inlineString: '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%',
          },
        },
      },
    },
  ],
}

function routeWith(retryOn: string) {
  const retryPolicy = { retryOn, retryBackOff: { baseInterval: '0.001s' } }
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'c', retryPolicy } }]
  return { name: 'main', virtualHosts: [{ name: 'all', domains: ['*'], routes }] }
}

async function refusing(code: number, retryOn: string) {
  let asked = 0
  const server = createServer()
  server.on('stream', (stream) => {
    asked += 1
    stream.on('error', () => undefined)
    if (asked === 1) stream.close(code)
    else stream.respond({ ':status': 200 }, { endStream: true })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => server.close())
  const lines: string[] = []
  const proxy = createProxy({ accessLog: (line) => void lines.push(line.trim()) })
  closing.push(() => proxy.close())
  const options = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
  await proxy.apply(
    viewOf({
      listeners: [listener('in', [http('main', logged)])],
      clusters: [
        cluster('c', [(server.address() as AddressInfo).port], {
          typedExtensionProtocolOptions: {
            [options]: {
              '@type': `type.googleapis.com/${options}`,
              explicitHttpConfig: { http2ProtocolOptions: {} },
            },
          },
        }),
      ],
      routes: [routeWith(retryOn)],
    }),
  )
  const { status } = await fetch(`http://127.0.0.1:${proxy.listeners.get('in')?.port}/`)
  return { status, asked: () => asked, lines }
}

const refused = constants.NGHTTP2_REFUSED_STREAM
const cancelled = constants.NGHTTP2_CANCEL
const reply = 'upstream_reset_before_response_started'

test.each([
  [refused, 'refused-stream', '200 - via_upstream'],
  [refused, 'reset', '200 - via_upstream'],
  [refused, 'connect-failure', `503 UR ${reply}{remote_refused_stream_reset}`],
  [cancelled, 'refused-stream', `503 UR ${reply}{remote_reset}`],
])('a stream that is reset with %i, and retries on %s: %s', async (code, retryOn, line) => {
  const { status, asked, lines } = await refusing(code, retryOn)
  expect(lines).toEqual([line])
  expect(asked()).toBe(status === 200 ? 2 : 1)
})
