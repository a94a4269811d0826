import { type AddressInfo, connect, createServer } from 'node:net'
import { createProxy, viewOf } from '@meshwright/mini-proxy'
import { expect, test } from 'vitest'
import { startApp } from './support/app.ts'
import { Disposals } from './support/disposals.ts'
import { Load } from './support/load.ts'
import { edsCluster, endpointsOf, httpListener } from './support/resources.ts'

const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'
const post = 'POST /case HTTP/1.1\r\nHost: a\r\n'
const get = 'GET /case HTTP/1.1\r\nHost: a\r\n'
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`

/** What is sent, and the one status that it is answered with. */
const hostile: readonly (readonly [name: string, bytes: string, status: number])[] = [
  [
    'length and chunked',
    `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    400,
  ],
  [
    'chunked and length',
    `${post}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${smuggled}`,
    400,
  ],
  [
    'two different lengths',
    `${post}Content-Length: 0\r\nContent-Length: 40\r\n\r\n${smuggled}`,
    400,
  ],
  ['two equal lengths', `${post}Content-Length: 0\r\nContent-Length: 0\r\n\r\n${smuggled}`, 400],
  ['a list of lengths', `${post}Content-Length: 0, 0\r\n\r\n${smuggled}`, 400],
  ['a length with a sign', `${post}Content-Length: +0\r\n\r\n${smuggled}`, 400],
  ['a negative length', `${post}Content-Length: -1\r\n\r\n${smuggled}`, 400],
  ['a length in hexadecimal', `${post}Content-Length: 0x0\r\n\r\n${smuggled}`, 400],
  [
    'a length beyond counting',
    `${post}Content-Length: 99999999999999999999\r\n\r\n${smuggled}`,
    400,
  ],
  ['an empty length', `${post}Content-Length: \r\n\r\n${smuggled}`, 400],
  ['a space before the colon', `${post}Content-Length : 36\r\n\r\n${smuggled}`, 400],
  [
    'a tab before the colon',
    `${post}Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    400,
  ],
  [
    'a vertical tab in the coding',
    `${post}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n${smuggled}`,
    400,
  ],
  ['a coding that is not known', `${post}Transfer-Encoding: cow\r\n\r\n${smuggled}`, 501],
  ['chunked twice', `${post}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n${smuggled}`, 501],
  [
    'chunked not last',
    `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
    501,
  ],
  [
    'two coding headers',
    `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${smuggled}`,
    400,
  ],
  [
    'chunked in HTTP/1.0',
    `POST /case HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    426,
  ],
  ['HTTP/1.0', `GET /case HTTP/1.0\r\nHost: a\r\n\r\n${smuggled}`, 426],
  ['bare line feeds', `GET /case HTTP/1.1\nHost: a\n\n${smuggled}`, 400],
  ['a bare line feed in a head', `${get}X: 1\nTransfer-Encoding: chunked\r\n\r\n${smuggled}`, 400],
  ['a bare carriage return', `${get}X: 1\rContent-Length: 36\r\n\r\n${smuggled}`, 400],
  ['a folded header', `${post}X: 1\r\n Content-Length: 36\r\n\r\n${smuggled}`, 400],
  ['a NUL in a value', `${get}X: a\0b\r\n\r\n${smuggled}`, 400],
  ['no host', `GET /case HTTP/1.1\r\n\r\n${smuggled}`, 400],
  ['two hosts', `${get}Host: b\r\n\r\n${smuggled}`, 400],
  ['a space in the target', `GET /case x HTTP/1.1\r\nHost: a\r\n\r\n${smuggled}`, 400],
  ['a version with a space', `GET /case HTTP/1.1 \r\nHost: a\r\n\r\n${smuggled}`, 400],
  ['a version that there is not', `GET /case HTTP/1.2\r\nHost: a\r\n\r\n${smuggled}`, 505],
  ['no more than the beginning of HTTP/2', `PRI * HTTP/2.0\r\n\r\n${smuggled}`, 505],
  ['a chunk of negative size', `${chunked}-1\r\n\r\n${smuggled}`, 400],
  ['a chunk size in 0x', `${chunked}0x0\r\n\r\n${smuggled}`, 400],
  ['a chunk size that overflows', `${chunked}fffffffffffffffff\r\n${smuggled}`, 400],
  ['a chunk longer than its size', `${chunked}1\r\naX\r\n0\r\n\r\n${smuggled}`, 400],
  ['a chunk ended by a bare line feed', `${chunked}1\na\n0\n\n${smuggled}`, 400],
  ['a line feed in a chunk extension', `${chunked}1;a\nb\r\na\r\n0\r\n\r\n${smuggled}`, 400],
  ['a header without colon', `${get}nonsense\r\n\r\n${smuggled}`, 400],
  ['an empty name', `${get}: x\r\n\r\n${smuggled}`, 400],
  ['a head without end', `${get}X: ${'a'.repeat(200_000)}`, 431],
  ['headers without end', `${get}${'X: a\r\n'.repeat(5_000)}\r\n${smuggled}`, 431],
]

/** Says yes once to each connection that brought a whole head, and keeps all bytes. */
async function recorder() {
  const received: string[] = []
  const server = createServer((socket) => {
    const at = received.push('') - 1
    let answered = false
    socket.setEncoding('latin1').on('data', (text) => {
      received[at] += String(text)
      if (answered || !received[at]?.includes('\r\n\r\n')) return
      answered = true
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    })
    socket.on('error', () => socket.destroy())
    socket.on('end', () => socket.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, received, close: () => server.close() }
}

/** All that comes back until the other side ends the connection. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
    socket.setTimeout(5_000, () => socket.destroy(new Error('the connection was not closed')))
    socket.setEncoding('latin1').on('data', (text) => {
      heard += text
    })
    socket.on('end', () => socket.end())
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // What was not read when the connection closed.
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve(heard)
      else reject(error)
    })
    socket.on('close', () => resolve(heard))
  })
}

test('hostile messages end their own connection with the right status, smuggle nothing, and trouble nobody else', async () => {
  await using app = await startApp('good')
  const backend = await recorder()
  await using stack = new Disposals()
  stack.defer(() => void backend.close())
  const proxy = createProxy()
  stack.defer(() => proxy.close())
  const route = (prefix: string, cluster: string) => ({ match: { prefix }, route: { cluster } })
  await proxy.apply(
    viewOf({
      listeners: [httpListener('in', 'main')],
      routes: [
        {
          name: 'main',
          virtualHosts: [
            {
              name: 'all',
              domains: ['*'],
              routes: [route('/good', 'good'), route('/', 'recorder')],
            },
          ],
        },
      ],
      clusters: [edsCluster('good'), edsCluster('recorder')],
      endpoints: [endpointsOf('good', app.port), endpointsOf('recorder', backend.port)],
    }),
  )
  const port = proxy.listeners.get('in')?.port ?? 0
  const load = new Load({ address: '127.0.0.1', port, host: 'a', path: '/good' }, 5)

  const answers: [name: string, statuses: string[]][] = []
  for (const [name, bytes] of hostile) {
    const heard = await exchange(port, bytes)
    answers.push([name, [...heard.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => `${status}`)])
  }
  await load.more(50)
  const { sent, ok, failures } = await load.stop()

  console.log(
    `${hostile.length} hostile messages, ${backend.received.length} reached the backend in part; ${sent} good requests sent beside them, ${ok} ok`,
  )
  expect(answers).toEqual(hostile.map(([name, , status]) => [name, [`${status}`]]))
  expect(backend.received.filter((it) => it.includes('smuggled'))).toEqual([])
  // Of a message whose fault comes late, the backend may have seen the head, on a connection for it alone.
  const heads = backend.received.map((it) => it.split(' HTTP/1.1\r\n').length - 1)
  expect(Math.max(...heads)).toBeLessThanOrEqual(1)
  expect({ failures, ok }).toEqual({ failures: [], ok: sent })
  expect(sent).toBeGreaterThanOrEqual(50)
})
