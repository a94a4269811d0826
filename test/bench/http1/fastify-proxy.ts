// `node fastify-proxy.ts FILE`: a reverse proxy of fastify and @fastify/http-proxy.
import { randomUUID } from 'node:crypto'
import proxy from '@fastify/http-proxy'
import fastify from 'fastify'
import { mostConnections, portsFromArguments } from './program-ports.ts'

const { port, backend } = portsFromArguments()
const server = fastify({ logger: false, keepAliveTimeout: 60_000 })
await server.register(proxy, {
  upstream: `http://127.0.0.1:${backend}`,
  undici: { connections: mostConnections },
  replyOptions: {
    rewriteRequestHeaders: (request, headers) => ({
      ...headers,
      'x-forwarded-for': [headers['x-forwarded-for'] ?? [], request.ip].flat().join(', '),
      'x-request-id': randomUUID(),
    }),
  },
})
await server.listen({ port, host: '127.0.0.1' })
