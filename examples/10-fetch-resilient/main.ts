// An upstream with good and bad days, behind the gateway of gateway.ts.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGateway } from './gateway.ts'

let tries = 0
let wasTold = false
const upstream = await listen(
  createServer(({ url, headers }, outgoing) => {
    tries += 1
    wasTold = Number(headers['x-envoy-expected-rq-timeout-ms']) <= 1_000
    if (url === '/slow') return
    outgoing.writeHead(url === '/broken' || tries < 3 ? 503 : 200).end(`try ${tries}`)
  }),
)
const gateway = await listen(createGateway(urlOf(upstream)))

for (const path of ['/flaky', '/slow', '/broken', '/broken', '/flaky']) {
  tries = 0
  const answer = await fetch(urlOf(gateway) + path)
  console.log(`${path}: ${answer.status} ${await answer.text()}; tries: ${tries}`)
}
console.log('the upstream knew how long the gateway would wait:', wasTold)

for (const it of [gateway, upstream]) it.close().closeAllConnections()

function listen(it: Server): Promise<Server> {
  return new Promise((resolve) => it.listen(0, '127.0.0.1', () => resolve(it)))
}

function urlOf(it: Server): string {
  return `http://127.0.0.1:${(it.address() as AddressInfo).port}`
}
