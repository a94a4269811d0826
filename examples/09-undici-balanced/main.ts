// Three hosts, of which one fails, behind the gateway of gateway.ts.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGateway } from './gateway.ts'

const seen = { failing: 0, one: 0, two: 0 }
const names = ['failing', 'one', 'two'] as const
const backends = await Promise.all(names.map(start))
const addresses = backends.map(addressOf)
const { server, upstream } = createGateway(addresses)
upstream.cluster.subscribe(({ action, host }) =>
  console.log(action, 'the host', names[addresses.indexOf(host.address)]),
)

const url = `http://${addressOf(await listen(server))}/reviews`
const statuses = []
for (let i = 0; i < 200; i++) statuses.push((await fetch(url)).status)
console.log(statuses.filter((it) => it === 200).length, 'of', statuses.length, 'answers are 200')
console.log('the failing host saw', seen.failing, 'requests, the others', seen.one + seen.two)

await upstream.close()
for (const it of [server, ...backends]) it.close().closeAllConnections()

function start(name: keyof typeof seen): Promise<Server> {
  return listen(
    createServer((_, outgoing) => {
      seen[name] += 1
      outgoing.writeHead(name === 'failing' ? 503 : 200).end()
    }),
  )
}

function listen(it: Server): Promise<Server> {
  return new Promise((resolve) => it.listen(0, '127.0.0.1', () => resolve(it)))
}

function addressOf(it: Server): string {
  return `127.0.0.1:${(it.address() as AddressInfo).port}`
}
