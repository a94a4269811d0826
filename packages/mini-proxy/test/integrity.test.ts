import { randomFillSync } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import * as http from 'node:http'
import * as https from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { seededRandom } from '@meshwright/testkit'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { MeshProxy } from '../src/index.ts'
import { cluster, http as httpFilter, listener, routesTo, tls } from './resources.ts'

/** In all, over the two ways to move bytes and the four pairs of transports; `MESHWRIGHT_EXCHANGES=10000` for a long run. */
const exchanges = Number(process.env['MESHWRIGHT_EXCHANGES'] ?? 640)
const workers = 8
const kinds = ['fast', 'portable'] as const
const transports = ['plain', 'tls'] as const
type Transport = (typeof transports)[number]
const pairs = transports.flatMap((client) => transports.map((server) => [client, server] as const))
const perPair = Math.ceil(exchanges / kinds.length / pairs.length / workers) * workers

const pem = (name: string): string =>
  readFileSync(new URL(`./fixtures/tls/${name}.pem`, import.meta.url), 'utf8')

/** Longest body, and how far bodies begin from each other: any two look different from their first bytes on. */
const maxBody = 8 * 1024 * 1024
const pool = randomFillSync(Buffer.alloc(maxBody + 65_536))

function body(seed: number, length: number): Buffer {
  const start = (seed * 9973) % 65_536
  return pool.subarray(start, start + length)
}

const closing: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  vi.unstubAllEnvs()
})

describe.each(kinds)('bodies of every size, by the %s path', (kind) => {
  test.each(pairs)(
    'arrive as they were sent, from %s clients to %s servers, and leave nothing behind',
    { timeout: 30_000 + exchanges * 100 },
    async (client, server) => {
      const before = openDescriptors()
      const told = await withProxy({ kind, client, server }, async (port, proxy) => {
        const agent = agentOf(client)
        const runs = Array.from({ length: workers }, (_, worker) =>
          run({ port, agent, client, seed: worker }, perPair / workers),
        )
        const all = (await Promise.all(runs)).flat()
        agent.destroy()
        // A connection that is being closed may wait a second for its client to take the rest.
        await vi.waitFor(() => expect(gauges(proxy)).toEqual(quiet), { timeout: 5000 })
        return all
      })
      const wrong = told.filter((it) => it !== 'whole' && it !== 'cut')
      expect(wrong).toEqual([])
      expect(told).toHaveLength(perPair)
      expect(told.filter((it) => it === 'whole').length).toBeGreaterThan(perPair / 2)
      await vi.waitFor(() => expect(openDescriptors()).toBe(before), { timeout: 5000 })
    },
  )
})

test('the comparison sees one byte that is wrong, one that lacks and one too many', () => {
  const whole = Buffer.from(body(3, 10_000))
  const check = (bytes: Buffer): boolean => {
    const comparison = new Comparison(body(3, 10_000))
    comparison.add(bytes.subarray(0, 5000))
    comparison.add(bytes.subarray(5000))
    return comparison.isWhole
  }
  expect(check(whole)).toBe(true)
  expect(check(whole.subarray(1))).toBe(false)
  expect(check(whole.subarray(0, 9999))).toBe(false)
  expect(check(Buffer.concat([whole, whole.subarray(0, 1)]))).toBe(false)
  whole.writeUInt8(whole.readUInt8(7777) ^ 1, 7777)
  expect(check(whole)).toBe(false)
})

/** What became of an exchange: all was right, it was cut short on purpose and right so far, or what was wrong. */
type Told = 'whole' | 'cut' | string

/** Both sides of one exchange, as its request's headers tell the server. */
interface Plan {
  readonly requestSeed: number
  readonly requestBytes: number
  readonly responseSeed: number
  readonly responseBytes: number
  readonly requestChunked: boolean
  readonly responseChunked: boolean
  /** Turns of the loop between two pieces, on each side. */
  readonly clientTurns: number
  readonly serverTurns: number
  /** The response begins before the request has ended. */
  readonly early: boolean
  /** Who breaks off, and after how many bytes of the response. */
  readonly breaks: 'client' | 'server' | 'nobody'
  readonly breaksAt: number
}

function planOf(random: () => number): Plan {
  const below = (limit: number): number => Math.floor(random() * limit)
  const responseBytes = randomLength(random)
  const broken = random() < 0.15
  return {
    requestSeed: below(1000),
    requestBytes: random() < 0.4 ? 0 : randomLength(random),
    responseSeed: below(1000),
    responseBytes,
    requestChunked: random() < 0.5,
    responseChunked: random() < 0.5,
    clientTurns: random() < 0.3 ? below(4) : 0,
    serverTurns: random() < 0.3 ? below(4) : 0,
    early: random() < 0.3,
    breaks: broken ? (random() < 0.5 ? 'client' : 'server') : 'nobody',
    breaksAt: below(responseBytes + 1),
  }
}

/** Mostly small, some around the sizes of buffers, a few of megabytes. */
function randomLength(random: () => number): number {
  const kind = random()
  if (kind < 0.5) return Math.floor(random() * 4096)
  if (kind < 0.8) return Math.floor(random() * 70_000)
  if (kind < 0.97) return Math.floor(random() * 600_000)
  return Math.floor(random() * (maxBody + 1))
}

interface Line {
  readonly port: number
  readonly agent: http.Agent
  readonly client: Transport
  readonly seed: number
}

async function run(line: Line, count: number): Promise<Told[]> {
  const random = seededRandom(line.seed + 1)
  const told: Told[] = []
  for (let i = 0; i < count; i++) told.push(await exchange(line, planOf(random)))
  return told
}

function exchange({ port, agent, client }: Line, plan: Plan): Promise<Told> {
  const { promise, resolve } = Promise.withResolvers<Told>()
  const { requestBytes, requestSeed } = plan
  const sends = requestBytes > 0
  const request = (client === 'tls' ? https : http).request({
    port,
    host: '127.0.0.1',
    agent,
    method: sends ? 'POST' : 'GET',
    headers: {
      'x-plan': JSON.stringify(plan),
      ...(sends && !plan.requestChunked && { 'content-length': requestBytes }),
    },
  })
  const comparison = new Comparison(body(plan.responseSeed, plan.responseBytes))
  const fail = (error: Error): void => {
    const expected = plan.breaks !== 'nobody' && comparison.isRight
    resolve(expected ? 'cut' : `${error.message} ${comparison} ${JSON.stringify(plan)}`)
  }
  request.on('error', fail)
  request.on('response', (response) => {
    response.on('error', fail)
    let clientLeft = false
    const badRequest = response.headers['x-request'] === 'wrong'
    readSlowly(response, plan.clientTurns, (chunk) => {
      comparison.add(chunk)
      if (plan.breaks !== 'client' || comparison.bytes < plan.breaksAt) return
      clientLeft = true
      request.destroy()
    })
    response.once('end', () => {
      const wrongRequest = badRequest || response.trailers['x-request'] === 'wrong'
      if (clientLeft && comparison.isRight) resolve('cut')
      else resolve(wrongRequest ? 'request differs' : verdict(response, comparison, plan))
    })
    response.once('close', () => fail(new Error('closed')))
  })
  writeSlowly(request, body(requestSeed, requestBytes), plan.clientTurns)
  return promise
}

function verdict({ statusCode }: http.IncomingMessage, comparison: Comparison, plan: Plan): Told {
  // What the server cut off before its first byte, the proxy answers by itself.
  if (statusCode !== 200 && plan.breaks === 'server') return 'cut'
  if (comparison.isWhole) return 'whole'
  return `response differs: ${statusCode} ${comparison} ${JSON.stringify(plan)}`
}

/** Answers as the plan in the request's header says. */
function serve(request: http.IncomingMessage, response: http.ServerResponse): void {
  const plan: Plan = JSON.parse(String(request.headers['x-plan']))
  const received = new Comparison(body(plan.requestSeed, plan.requestBytes))
  const bytes = body(plan.responseSeed, plan.responseBytes)
  request.on('error', () => undefined)
  response.on('error', () => undefined)
  const begin = (): void => {
    if (!plan.responseChunked) response.setHeader('content-length', bytes.length)
    if (plan.breaks !== 'server') return
    response.write(bytes.subarray(0, plan.breaksAt))
    setImmediate(() => response.destroy())
  }
  if (plan.early) begin()
  readSlowly(request, plan.serverTurns, (chunk) => received.add(chunk))
  request.once('end', () => {
    if (!received.isWhole && !response.headersSent) response.setHeader('x-request', 'wrong')
    if (!plan.early) begin()
    if (plan.breaks !== 'server') writeSlowly(response, bytes, plan.serverTurns)
  })
}

/** Bytes against those that are expected, as they come. */
class Comparison {
  readonly #expected: Buffer
  bytes = 0
  isRight = true

  constructor(expected: Buffer) {
    this.#expected = expected
  }

  add(chunk: Buffer): void {
    const expected = this.#expected.subarray(this.bytes, this.bytes + chunk.length)
    if (!chunk.equals(expected)) this.isRight = false
    this.bytes += chunk.length
  }

  get isWhole(): boolean {
    return this.isRight && this.bytes === this.#expected.length
  }

  toString(): string {
    return `${this.bytes} of ${this.#expected.length} bytes, ${this.isRight ? 'right' : 'WRONG'}`
  }
}

function readSlowly(from: Readable, turns: number, take: (chunk: Buffer) => void): void {
  from.on('data', (chunk: Buffer) => {
    take(chunk)
    if (turns === 0) return
    from.pause()
    afterTurns(turns, () => from.resume())
  })
}

const pieceBytes = 50_000

function writeSlowly(to: Writable, bytes: Buffer, turns: number): void {
  if (turns === 0) {
    to.end(bytes)
    return
  }
  let at = 0
  const next = (): void => {
    if (to.destroyed) return
    const piece = bytes.subarray(at, at + pieceBytes)
    at += pieceBytes
    if (at >= bytes.length) to.end(piece)
    else if (to.write(piece)) afterTurns(turns, next)
    else to.once('drain', next)
  }
  next()
}

function afterTurns(turns: number, then: () => void): void {
  if (turns === 0) then()
  else setImmediate(() => afterTurns(turns - 1, then))
}

interface Setting {
  readonly kind: (typeof kinds)[number]
  readonly client: Transport
  readonly server: Transport
}

/** Starts a server and a proxy before it, and ends both when `use` is done. */
async function withProxy<T>(
  { kind, client, server }: Setting,
  use: (port: number, proxy: MeshProxy) => Promise<T>,
): Promise<T> {
  vi.stubEnv('MESHWRIGHT_IO', kind === 'portable' ? 'portable' : '')
  vi.resetModules()
  const { createProxy, viewOf } = await import('../src/index.ts')
  const keys = { cert: pem('server'), key: pem('server-key') }
  const backend = server === 'tls' ? https.createServer(keys, serve) : http.createServer(serve)
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  const proxy = createProxy()
  closing.push(() => proxy.close())
  closing.push(async () => void backend.close())
  const certificate = {
    certificateChain: { inlineString: keys.cert },
    privateKey: { inlineString: keys.key },
  }
  const downstream = tls('Downstream', { commonTlsContext: { tlsCertificates: [certificate] } })
  const validationContext = { trustedCa: { inlineString: pem('ca') } }
  const upstream = tls('Upstream', { commonTlsContext: { validationContext } })
  const chain = {
    filters: [httpFilter('routes')],
    ...(client === 'tls' && { transportSocket: downstream }),
  }
  const to = cluster('b', [(backend.address() as AddressInfo).port], {
    ...(server === 'tls' && { transportSocket: upstream }),
  })
  await proxy.apply(
    viewOf({
      listeners: [listener('in', [], { filterChains: [chain] })],
      clusters: [to],
      routes: [routesTo('routes', 'b')],
    }),
  )
  try {
    return await use(proxy.listeners.get('in')?.port ?? 0, proxy)
  } finally {
    for (const close of closing.splice(0).reverse()) await close()
  }
}

function agentOf(client: Transport): http.Agent {
  const options = { keepAlive: true, maxSockets: workers }
  return client === 'tls'
    ? new https.Agent({ ...options, rejectUnauthorized: false })
    : new http.Agent(options)
}

const quiet = {
  'cluster.b.circuit_breakers.default.rq_open': 0,
  'cluster.b.upstream_rq_active': 0,
  'cluster.b.upstream_rq_pending_active': 0,
  'http.test.downstream_cx_active': 0,
  'http.test.downstream_rq_active': 0,
}

function gauges(proxy: MeshProxy): object {
  return Object.fromEntries(Object.keys(quiet).map((name) => [name, proxy.stats.gauge(name).value]))
}

/** Open files and sockets of this process (Linux), or its sockets as Node counts them. */
function openDescriptors(): number {
  if (process.platform === 'linux') return readdirSync('/proc/self/fd').length
  return process.getActiveResourcesInfo().filter((it) => it.includes('Wrap')).length
}
