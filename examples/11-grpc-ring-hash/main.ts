// Three gRPC servers of the weights 1, 2 and 3, behind the gateway of gateway.ts.
import type { AddressInfo } from 'node:net'
import { Server, ServerCredentials, type sendUnaryData } from '@grpc/grpc-js'
import { createGateway } from './gateway.ts'

const backends = await Promise.all(['one', 'two', 'three'].map(start))
const weights = Object.fromEntries(backends.map(({ address }, i) => [address, i + 1]))
const { server, client } = createGateway(weights)
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/reviews`
const ask = async (user: string) => (await fetch(url, { headers: { 'x-user': user } })).text()

// The ring is made of the servers that are connected: wait for all.
for (const seen = new Set<string>(); seen.size < 3; ) seen.add(await ask(`${Math.random()}`))

const users = Array.from({ length: 1000 }, (_, i) => `user ${i}`)
const hosts = await Promise.all(users.map(ask))
const again = await Promise.all(users.map(ask))
console.log(again.filter((host, i) => host !== hosts[i]).length, 'of 1000 users saw two servers')
for (const [i, { name }] of backends.entries()) {
  const share = hosts.filter((host) => host === name).length / 1000
  const wanted = (i + 1) / 6
  const isNear = Math.abs(share - wanted) < 0.08
  console.log(name, isNear ? `has about ${i + 1}/6 of them` : `has ${share}, not ${wanted}`)
}
client.close()
server.close()
server.closeAllConnections()
for (const it of backends) it.server.forceShutdown()

async function start(name: string) {
  const server = new Server()
  const get = (_: unknown, reply: sendUnaryData<string>) => reply(null, name)
  const shape = { requestStream: false, responseStream: false, path: '/reviews.Reviews/Get' }
  const requests = { requestSerialize: Buffer.from, requestDeserialize: String }
  const responses = { responseSerialize: Buffer.from, responseDeserialize: String }
  server.addService({ get: { ...shape, ...requests, ...responses } }, { get })
  const credentials = ServerCredentials.createInsecure()
  const port = await new Promise<number>((resolve, reject) => {
    const bound = (error: Error | null, at: number) => (error ? reject(error) : resolve(at))
    server.bindAsync('127.0.0.1:0', credentials, bound)
  })
  return { name, server, address: `127.0.0.1:${port}` }
}
