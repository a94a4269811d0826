import { type Agent, get as httpGet, request as httpRequest, type IncomingMessage } from 'node:http'
import { get as httpsGet } from 'node:https'
import { hashOfKey, hostSet, leastRequest, ringHash, roundRobin } from '@meshwright/lb-algorithms'
import { chiSquare, chiSquareBound, ManualClock, seededRandom } from '@meshwright/testkit'
import { describe, expect, test } from 'vitest'
import {
  type BalancedAgent,
  createBalancedAgent,
  createBalancedHttpsAgent,
} from '../src/http/index.ts'
import type { ClusterOptions } from '../src/index.ts'
import type { startBackend } from './backends.ts'
import { addressesOf, backends, many, until } from './hosts.ts'
import { pem, tlsBackend } from './tls-backend.ts'

interface Answer {
  readonly status: number
  readonly text: string
}

type Headers = Readonly<Record<string, string>> | readonly string[]

function get(agent: Agent, headers: Headers = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    httpGet('http://reviews/path', { agent, headers }, (answer) =>
      read(answer, resolve, reject),
    ).on('error', reject)
  })
}

function read(
  answer: IncomingMessage,
  resolve: (answer: Answer) => void,
  reject: (error: Error) => void,
): void {
  let text = ''
  answer.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text })).on('error', reject)
}

const text = async (agent: Agent, headers?: Headers): Promise<string> =>
  (await get(agent, headers)).text

/** Tries again at once, as a client with retries. */
async function retried(agent: Agent, tries = 4): Promise<number> {
  const status = await get(agent).then(
    (answer) => answer.status,
    () => 0,
  )
  return (status === 0 || status >= 500) && tries > 1 ? retried(agent, tries - 1) : status
}

const activeOf = ({ cluster }: BalancedAgent): number[] =>
  cluster.hosts.map(({ activeRequests }) => activeRequests)
const ejectedOf = ({ cluster }: BalancedAgent): boolean[] =>
  cluster.hosts.map(({ isEjected }) => isEjected)

describe('a balanced agent', () => {
  test('gives hosts turns by their weights, and the name of the URL', async () => {
    const hosts = await backends('a', 'b', 'c')
    const weighted = addressesOf(hosts).map((address, i) => ({ address, weight: i + 1 }))
    const agent = createBalancedAgent({ hosts: weighted, policy: roundRobin })
    await many(60, 4, () => text(agent))
    expect(hosts.map(({ seen }) => seen.length)).toEqual([10, 20, 30])
    expect(new Set(hosts.flatMap(({ seen }) => seen.map(({ host }) => host)))).toEqual(
      new Set(['reviews']),
    )
    agent.destroy()
  })

  test('draws evenly, over connections that it keeps', async () => {
    const hosts = await backends('a', 'b', 'c')
    const agent = createBalancedAgent({ hosts: addressesOf(hosts), random: seededRandom(1) })
    for (let i = 0; i < 600; i++) await text(agent)
    const off = chiSquare(
      hosts.map(({ seen }) => seen.length),
      [200, 200, 200],
    )
    expect(off).toBeLessThan(chiSquareBound(2))
    expect(hosts.map(({ opened }) => opened)).toEqual([1, 1, 1])
    agent.destroy()
    await until(() => hosts.every(({ connections }) => connections === 0))
  })

  test('goes where a ring of the same hosts sends the key, however headers are given', async () => {
    const hosts = await backends('a', 'b', 'c')
    const agent = createBalancedAgent({
      hosts: addressesOf(hosts),
      policy: ringHash,
      choose: ({ header }) => ({ hashKey: header('x-user') }),
    })
    const entries = hosts.map(({ address, name }) => ({ host: { address, name } }))
    const ring = ringHash(hostSet([{ hosts: entries }]))
    const random = seededRandom(2)
    for (let i = 0; i < 50; i++) {
      const user = `user ${i}`
      const expected = ring.pick({ random, hash: hashOfKey(user) })?.name
      expect(await text(agent, { 'X-User': user })).toBe(expected)
      expect(await text(agent, ['X-User', user, 'Host', 'reviews'])).toBe(expected)
    }
    agent.destroy()
  })

  test('counts what is in flight', async () => {
    const [slow, quick] = await backends('slow', 'quick')
    const agent = createBalancedAgent({
      hosts: addressesOf([slow, quick]),
      policy: (hosts) => leastRequest(hosts, { selectionMethod: 'full-scan' }),
      random: () => 0.5,
    })
    const waiting: (() => void)[] = []
    slow.answer((_, response) => waiting.push(() => response.end('slow')))
    const hanging: Promise<string>[] = []
    while (waiting.length === 0) {
      hanging.push(text(agent))
      await until(() => waiting.length > 0 || quick.seen.length === hanging.length)
    }
    expect(await many(20, 1, () => text(agent))).toEqual(Array(20).fill('quick'))
    expect(activeOf(agent)).toEqual([1, 0])
    for (const answer of waiting) answer()
    await Promise.all(hanging)
    await until(() => activeOf(agent).every((it) => it === 0))
    agent.destroy()
  })

  test('checks the certificate against the name of the URL', async () => {
    const a = await tlsBackend('a')
    const agent = createBalancedHttpsAgent({ hosts: [a.address], agent: { ca: pem('cert') } })
    const ask = (url: string): Promise<Answer> =>
      new Promise((resolve, reject) => {
        httpsGet(url, { agent }, (answer) => read(answer, resolve, reject)).on('error', reject)
      })
    expect(await ask('https://reviews.test/')).toEqual({ status: 200, text: 'a' })
    await expect(ask('https://ratings.test/')).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
    agent.destroy()
    await a.close()
  })
})

describe('a host that fails', () => {
  const options = (hosts: readonly string[], clock = new ManualClock()): ClusterOptions => ({
    hosts,
    outlierDetection: { consecutive5xx: 3, maxEjectionPercent: 50 },
    now: () => clock.now(),
    random: seededRandom(4),
  })

  test.each<[string, (bad: Awaited<ReturnType<typeof startBackend>>) => unknown]>([
    ['answers 503', (bad) => bad.answer((_, response) => response.writeHead(503).end())],
    ['is not there', (bad) => bad.close()],
    ['breaks off before its answer', (bad) => bad.answer((incoming) => incoming.socket.destroy())],
    [
      'breaks off in its answer',
      (bad) =>
        bad.answer((incoming, response) => {
          response.writeHead(200, { 'content-length': 9 }).flushHeaders()
          response.write('abc', () => incoming.socket.destroy())
        }),
    ],
  ])('that %s is ejected while clients that retry see no error', async (_, spoil) => {
    const [bad, ...good] = await backends('bad', 'b', 'c')
    await spoil(bad)
    // An answer that breaks off began as a success: only what is split off is a run of failures.
    const agent = createBalancedAgent({
      ...options(addressesOf([bad, ...good])),
      outlierDetection: {
        consecutive5xx: 3,
        consecutiveLocalOriginFailure: 1,
        splitExternalLocalOriginErrors: true,
        maxEjectionPercent: 50,
      },
    })
    const statuses = await many(300, 10, () => retried(agent))
    expect(statuses.filter((it) => it !== 200)).toEqual([])
    expect(statuses).toHaveLength(300)
    expect(ejectedOf(agent)).toEqual([true, false, false])
    await until(() => activeOf(agent).every((it) => it === 0))
    agent.destroy()
  })

  test('by a time-out is ejected', async () => {
    const [bad, ...good] = await backends('bad', 'b', 'c')
    bad.answer(() => undefined)
    const agent = createBalancedAgent(options(addressesOf([bad, ...good])))
    const ask = (): Promise<unknown> =>
      new Promise((resolve) => {
        const sent = httpGet('http://reviews/', { agent, timeout: 50 }, (answer) =>
          answer.resume().on('end', resolve),
        )
        sent.on('timeout', () => sent.destroy()).on('error', resolve)
      })
    await many(40, 20, ask)
    expect(ejectedOf(agent)).toEqual([true, false, false])
    agent.destroy()
  })

  test('is not blamed for what the caller ends', async () => {
    const all = await backends('a', 'b', 'c')
    for (const it of all) it.answer(() => undefined)
    const agent = createBalancedAgent(options(addressesOf(all)))
    for (let i = 0; i < 30; i++) {
      const sent = httpGet('http://reviews/', { agent }).on('error', () => undefined)
      await until(() => all.flatMap(({ seen }) => seen).length > i)
      sent.destroy()
      await until(() => sent.closed)
    }
    expect(ejectedOf(agent)).toEqual([false, false, false])
    expect(activeOf(agent)).toEqual([0, 0, 0])
    agent.destroy()
  })
})

describe('what a caller sees', () => {
  test('an answer that nobody listens for does not hold its connection', async () => {
    const [a] = await backends('a')
    a.answer((_, response) => response.end('x'.repeat(1_000_000)))
    const agent = createBalancedAgent({ hosts: [a.address], agent: { maxSockets: 1 } })
    for (let i = 0; i < 5; i++) httpGet('http://reviews/', { agent })
    await until(() => a.seen.length === 5 && activeOf(agent)[0] === 0)
    agent.destroy()
  })

  test('an error has no listener but the caller’s, so that Node throws what nobody hears', async () => {
    const [a] = await backends('a')
    const agent = createBalancedAgent({ hosts: [a.address] })
    await a.close()
    const sent = httpGet('http://reviews/', { agent })
    expect(sent.listenerCount('error')).toBe(0)
    const thrown = new Promise((resolve) => sent.once('error', resolve))
    expect(await thrown).toMatchObject({ code: 'ECONNREFUSED' })
    agent.destroy()
  })

  test('is an error with a code where nothing can be sent', async () => {
    const [a] = await backends('a')
    const none = createBalancedAgent({ hosts: [] })
    await expect(get(none)).rejects.toMatchObject({ code: 'ERR_LB_ADAPTERS_NO_HOST' })
    a.answer(() => undefined)
    const one = createBalancedAgent({ hosts: [a.address], maxRequests: 1 })
    const hanging = get(one).catch((error: unknown) => error)
    await expect(get(one)).rejects.toMatchObject({ code: 'ERR_LB_ADAPTERS_OVERFLOW' })
    await until(() => a.seen.length === 1)
    one.destroy()
    expect(await hanging).toMatchObject({ code: 'ECONNRESET' })
    expect(activeOf(one)).toEqual([0])
  })

  test('an upgraded connection is in flight until it is closed', async () => {
    const [a] = await backends('a')
    a.onUpgrade((socket) =>
      socket.write('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n'),
    )
    const agent = createBalancedAgent({ hosts: [a.address] })
    const headers = { connection: 'upgrade', upgrade: 'echo' }
    const sent = httpRequest('http://reviews/', { agent, headers }).end()
    const socket = await new Promise<IncomingMessage['socket']>((resolve) =>
      sent.on('upgrade', (_, taken) => resolve(taken)),
    )
    expect(activeOf(agent)).toEqual([1])
    socket.destroy()
    await until(() => activeOf(agent)[0] === 0)
    agent.destroy()
  })
})

describe('an update of hosts', () => {
  test('lets what is on its way finish, and keeps no connection to hosts that left', async () => {
    const [leaving, staying] = await backends('leaving', 'staying')
    const agent = createBalancedAgent({ hosts: [leaving.address] })
    await text(agent)
    const waiting: (() => void)[] = []
    leaving.answer((_, response) => waiting.push(() => response.end('leaving')))
    const onTheirWay = Array.from({ length: 20 }, () => text(agent))
    await until(() => waiting.length === 20)

    agent.update([staying.address])
    expect(await many(20, 5, () => text(agent))).toEqual(Array(20).fill('staying'))
    for (const answer of waiting) answer()
    expect(await Promise.all(onTheirWay)).toEqual(Array(20).fill('leaving'))
    await until(() => leaving.connections === 0)
    expect(leaving.seen).toHaveLength(21)
    agent.destroy()
  })

  test('closes connections that are free', async () => {
    const [leaving, staying] = await backends('leaving', 'staying')
    const agent = createBalancedAgent({ hosts: [leaving.address] })
    await text(agent)
    expect(leaving.connections).toBe(1)
    await until(() => Object.keys(agent.freeSockets).length > 0)
    agent.update([staying.address])
    await until(() => leaving.connections === 0)
    agent.destroy()
  })
})
