import { createServer } from 'node:http'
import { createBalancedDispatcher } from '@meshwright/lb-adapters/undici'
import { interceptors } from 'undici'

/** Sends each request to the less busy of two hosts drawn, tries another one after a failure, and leaves out hosts that go on failing. */
export function createGateway(hosts: readonly string[]) {
  const outlierDetection = { consecutive5xx: 3, maxEjectionPercent: 50 }
  const upstream = createBalancedDispatcher({ hosts, outlierDetection })
  const client = upstream.compose(interceptors.retry({ maxRetries: 2, minTimeout: 10 }))
  const server = createServer(({ url: path = '/', headers: { host } }, outgoing) => {
    const request = { origin: `http://${host}`, path, method: 'GET' }
    const answer = client.stream(request, ({ statusCode }) => outgoing.writeHead(statusCode))
    answer.catch(() => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(503).end()))
  })
  return { server, upstream }
}
