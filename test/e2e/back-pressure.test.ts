import { fork } from 'node:child_process'
import { createHash, type Hash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { Disposals } from './support/disposals.ts'
import { at, httpManager } from './support/resources.ts'

const mebibyte = 2 ** 20
const bodyMebibytes = 50
// What is not repeated within it would hide chunks that are lost or swapped.
const block = randomBytes(mebibyte - 7)
const total = bodyMebibytes * block.length
const expected = hashOf(Array.from({ length: bodyMebibytes }, () => block))

function hashOf(chunks: readonly Buffer[]): string {
  const hash = createHash('sha256')
  for (const it of chunks) hash.update(it)
  return hash.digest('hex')
}

/** The body, and how much of it was asked for so far. */
function body(): { stream: Readable; readonly given: number } {
  let given = 0
  const stream = new Readable({
    read() {
      given += 1
      this.push(given > bodyMebibytes ? null : block)
    },
  })
  return {
    stream,
    get given() {
      return Math.min(given, bodyMebibytes) * block.length
    },
  }
}

async function hashed(message: IncomingMessage): Promise<{ hash: string; bytes: number }> {
  const hash: Hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of message) {
    hash.update(chunk as Buffer)
    bytes += (chunk as Buffer).length
  }
  return { hash: hash.digest('hex'), bytes }
}

/** Resolves with the count once it has stayed the same for a while: nobody takes more. */
async function stalled(what: string, count: () => number): Promise<number> {
  let last = -1
  let looks = 0
  return until(what, () => {
    looks = count() === last && last > 0 ? looks + 1 : 0
    last = count()
    return looks >= 100 ? last : undefined
  })
}

/** A proxy in a process of its own in front of this port. */
async function proxyBefore(stack: Disposals, port: number) {
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'app', timeout: '0s' } }]
  const virtualHosts = [{ name: 'all', domains: ['*'], routes }]
  const manager = httpManager('in', { rds: undefined, routeConfig: { name: 'r', virtualHosts } })
  const bootstrap = JSON.stringify({
    node: { id: 'a', cluster: 'a' },
    staticResources: {
      listeners: [{ name: 'in', address: at(0), filterChains: [{ filters: [manager] }] }],
      clusters: [
        {
          name: 'app',
          type: 'STATIC',
          connectTimeout: '1s',
          loadAssignment: {
            clusterName: 'app',
            endpoints: [{ lbEndpoints: [{ endpoint: { address: at(port) } }] }],
          },
        },
      ],
    },
  })
  const script = fileURLToPath(new URL('./support/proxy-process.ts', import.meta.url))
  // The built packages: `npm test` builds first.
  const execArgv = ['--expose-gc']
  const child = fork(script, [bootstrap], { execArgv })
  stack.defer(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
  const [{ meter, listener }] = await once(child, 'message')
  const memory = async (what: 'mark' | 'peak') =>
    Number(await (await fetch(`http://127.0.0.1:${meter}/${what}`)).text())
  return { port: Number(listener), memory }
}

async function listening(stack: Disposals, server: ReturnType<typeof createServer>) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(() => void server.close().closeAllConnections())
  return (server.address() as AddressInfo).port
}

async function download(port: number): Promise<IncomingMessage> {
  const outgoing = request({ host: '127.0.0.1', port, path: '/', agent: false })
  outgoing.end()
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  return response
}

const boundBytes = 40 * mebibyte

test('readers that do not read hold back the backend, not fill the proxy, and get all in the end', async () => {
  await using stack = new Disposals()
  const bodies: ReturnType<typeof body>[] = []
  const app = createServer((_, response) => {
    const it = body()
    bodies.push(it)
    response.setHeader('content-length', total)
    it.stream.pipe(response)
  })
  const { port, memory } = await proxyBefore(stack, await listening(stack, app))
  expect(await hashed(await download(port))).toEqual({ hash: expected, bytes: total })
  bodies.length = 0
  const before = await memory('mark')

  const readers = 6
  const responses = await Promise.all(Array.from({ length: readers }, () => download(port)))
  const given = await stalled('the backend to be held back', () =>
    bodies.reduce((sum, it) => sum + it.given, 0),
  )
  const held = (await memory('peak')) - before
  const results = await Promise.all(responses.map((it) => hashed(it)))
  const grown = (await memory('peak')) - before

  const text = (bytes: number) => `${(bytes / mebibyte).toFixed(0)} MiB`
  console.log(
    `${readers} readers of ${text(total)}: ${text(given)} taken while nobody read, proxy grew by ${text(held)} meanwhile and by ${text(grown)} at most`,
  )
  expect(responses.map((it) => it.statusCode)).toEqual(new Array(readers).fill(200))
  expect(results).toEqual(new Array(readers).fill({ hash: expected, bytes: total }))
  // The rest is in socket buffers of the system.
  expect(given).toBeLessThan((readers * total) / 2)
  expect(held).toBeLessThan(boundBytes)
  // Also while all went through, with what the garbage collector had not come to.
  expect(grown).toBeLessThan(2 * boundBytes)
})

test('a backend that does not read holds back the client, not fills the proxy, and gets all in the end', async () => {
  await using stack = new Disposals()
  const mayRead = Promise.withResolvers<void>()
  const app = createServer(async (incoming, response) => {
    await mayRead.promise
    const { hash, bytes } = await hashed(incoming)
    response.end(`${bytes} ${hash}`)
  })
  const { port, memory } = await proxyBefore(stack, await listening(stack, app))
  const before = await memory('mark')

  const uploads = Array.from({ length: 6 }, () => body())
  const answers = uploads.map(async ({ stream }) => {
    const outgoing = request({ host: '127.0.0.1', port, path: '/', method: 'POST', agent: false })
    stream.pipe(outgoing)
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    let text = ''
    for await (const chunk of response) text += String(chunk)
    return `${response.statusCode} ${text}`
  })
  const given = await stalled('the clients to be held back', () =>
    uploads.reduce((sum, it) => sum + it.given, 0),
  )
  const held = (await memory('peak')) - before
  mayRead.resolve()

  const text = (bytes: number) => `${(bytes / mebibyte).toFixed(0)} MiB`
  expect(await Promise.all(answers)).toEqual(
    new Array(uploads.length).fill(`200 ${total} ${expected}`),
  )
  console.log(
    `${uploads.length} uploads of ${text(total)}: ${text(given)} sent while nobody read, proxy grew by ${text(held)} meanwhile`,
  )
  expect(given).toBeLessThan((uploads.length * total) / 2)
  expect(held).toBeLessThan(boundBytes)
})
