// A gateway of your own: node:http carries the bytes, the primitives decide. No proxy, no protobuf, no control plane.
import { createServer, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostSet, leastRequest } from '@meshwright/lb-algorithms'
import { compileRoutes, request } from '@meshwright/route-matcher'

const backends = await Promise.all(['one', 'two'].map(startBackend))
const hosts = backends.map(({ address }) => ({ address, activeRequests: 0 }))
const balancer = leastRequest(hostSet([{ hosts: hosts.map((host) => ({ host })) }]))
const routes = compileRoutes({
  name: 'gateway',
  virtualHosts: [
    {
      name: 'shop',
      domains: ['*'],
      routes: [
        { match: { path: '/old' }, redirect: { pathRedirect: '/new' } },
        { match: { prefix: '/shop/' }, route: { cluster: 'shop', prefixRewrite: '/' } },
      ],
    },
  ],
})

const gateway = createServer((incoming, outgoing) => {
  const { url: path = '/', method = 'GET', headers } = incoming
  const plain = { authority: headers.host ?? '', path, method }
  const match = routes.match(request(plain), { random: Math.random() })
  if (match === undefined) return outgoing.writeHead(404).end()
  if (match.action.kind === 'redirect') {
    const { status, location } = match.action
    return outgoing.writeHead(status, { location }).end()
  }
  const host = balancer.pick({ random: Math.random })
  if (host === undefined) return outgoing.writeHead(503).end('no healthy upstream')
  host.activeRequests += 1
  const upstream = match.applyToRequest(request(plain))
  const forwarded = send(
    `http://${host.address}${upstream.path}`,
    { method, headers },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing).on('close', () => {
        host.activeRequests -= 1
      })
    },
  )
  return incoming.pipe(forwarded)
})
await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve))
const base = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`

const seen = new Set<string>()
for (let i = 0; i < 20; i++) seen.add(await (await fetch(`${base}/shop/cart`)).text())
console.log([...seen].sort().join(', '))
const moved = await fetch(`${base}/old`, { redirect: 'manual' })
console.log(moved.status, new URL(moved.headers.get('location') ?? '').pathname)
console.log((await fetch(`${base}/nowhere`)).status)
for (const server of [gateway, ...backends.map((it) => it.server)]) {
  server.close()
  server.closeAllConnections()
}

async function startBackend(name: string) {
  const server = createServer((incoming, outgoing) =>
    outgoing.end(`${name} serves ${incoming.url}`),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}
