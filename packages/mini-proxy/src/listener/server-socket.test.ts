import { once } from 'node:events'
import { connect, Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { avoidsSockets } from '../channel/open-channel.ts'
import type { Connection } from '../network/connection.ts'
import type { RunningListener } from './running-listener.ts'
import { ServerSocket } from './server-socket.ts'

const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0).reverse()) close()
})

/** What a server offers of one connection, when its owner says so of sockets. */
async function offered(needsSockets: boolean): Promise<Connection> {
  const { promise, resolve } = Promise.withResolvers<Connection>()
  const compiled = { bufferLimitBytes: 65_536, backlog: 128 }
  const owner = { compiled, needsSockets } as RunningListener
  const server = new ServerSocket(owner, (connection) => {
    resolve(connection)
    return false
  })
  await server.bind({ address: '127.0.0.1', port: 0 })
  const client = connect(server.bound?.port ?? 0, '127.0.0.1')
  client.on('error', () => undefined)
  closing.push(() => {
    server.close()
    client.destroy()
  })
  // Not admitted, it is closed.
  await once(client, 'close')
  return promise
}

test('a connection gets a socket only where its listener needs one, or where sockets are all there is', async () => {
  expect((await offered(false)) instanceof Socket).toBe(!avoidsSockets)
  expect((await offered(true)) instanceof Socket).toBe(true)
})

test('a port that could be bound only after some failures offers each connection once', async () => {
  const compiled = { bufferLimitBytes: 65_536, backlog: 128 }
  const offers: Connection[] = []
  const owner = { compiled, needsSockets: false } as RunningListener
  const server = new ServerSocket(owner, (connection) => {
    offers.push(connection)
    return false
  })
  const warnings: Error[] = []
  const onWarning = (warning: Error): number => warnings.push(warning)
  process.on('warning', onWarning)
  closing.push(() => process.off('warning', onWarning))
  for (let i = 0; i < 12; i++) {
    // Reserved for documentation: no machine has it.
    await expect(server.bind({ address: '192.0.2.1', port: 0 })).rejects.toThrow(/EADDRNOTAVAIL/)
  }
  await server.bind({ address: '127.0.0.1', port: 0 })
  closing.push(() => server.close())
  const client = connect(server.bound?.port ?? 0, '127.0.0.1')
  client.on('error', () => undefined)
  await once(client, 'close')

  expect([offers.length, warnings]).toEqual([1, []])
})

test('sockets are avoided, unless the public API alone is asked for', () => {
  expect(avoidsSockets).toBe(process.env['MESHWRIGHT_IO'] !== 'portable')
})
