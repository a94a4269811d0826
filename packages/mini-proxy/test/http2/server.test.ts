import type { RequestListener } from 'node:http'
import { describe, expect, test } from 'vitest'
import { ask, h2 } from './h2-client.ts'
import { app, mesh } from './mesh.ts'

const reflect: RequestListener = (request, response) => {
  const body: Buffer[] = []
  request.on('data', (chunk: Buffer) => body.push(chunk))
  request.on('end', () => {
    const { method, url, headers } = request
    response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(body).toString() }))
  })
}

describe('HTTP/2 in front of HTTP/1', () => {
  test('carries a GET and its answer', async () => {
    const { port, counter, gauge } = await mesh(await app(1, reflect))
    const reply = await ask(h2(port), { ':path': '/a?b=c', 'x-test': '1' })
    expect(reply.status).toBe(200)
    const seen = JSON.parse(reply.body.toString())
    expect(seen).toMatchObject({
      method: 'GET',
      url: '/a?b=c',
      headers: { host: `127.0.0.1:${port}`, 'x-test': '1', 'x-forwarded-proto': 'http' },
    })
    expect(counter('http.test.downstream_rq_http2_total')).toBe(1)
    expect(counter('http.test.downstream_cx_http2_total')).toBe(1)
    expect(gauge('http2.streams_active')).toBe(0)
  })

  test('carries bodies both ways', async () => {
    const { port } = await mesh(await app(1, reflect))
    const text = 'x'.repeat(300_000)
    const reply = await ask(h2(port), { 'content-type': 'text/plain' }, text)
    expect(JSON.parse(reply.body.toString()).body).toBe(text)
  })
})
