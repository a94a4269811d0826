import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { ask, h2 } from './h2-client.ts'
import { listening, mesh } from './mesh.ts'

/** Fields of so many bytes; nghttp2 sends none of more than 64 KiB. */
function head(bytes: number): Record<string, string> {
  const fields = Array.from({ length: bytes / 10_000 }, (_, i) => [`x-${i}`, 'v'.repeat(10_000)])
  return Object.fromEntries(fields)
}

const options = { maxSendHeaderBlockLength: 1 << 20 }

async function served(manager: object) {
  const app = createServer({ maxHeaderSize: 1 << 20 }, (request, response) => {
    const lengths = Object.values(request.headers).map((it) => it?.length ?? 0)
    response.end(String(lengths.filter((it) => it === 10_000).length))
  })
  return mesh(await listening(app), { manager })
}

// As in Envoy: over HTTP/2 no answer, but INTERNAL_ERROR.
test('a head that is larger than allowed resets its stream, and the connection serves on', async () => {
  const { port } = await served({})
  const session = h2(port, options)
  await expect(ask(session, head(70_000))).rejects.toThrow('INTERNAL_ERROR')
  await expect(ask(session, head(120_000))).rejects.toThrow('INTERNAL_ERROR')
  expect((await ask(session, head(50_000))).body.toString()).toBe('5')
})

test('a head of any size that is allowed is read', async () => {
  const { port } = await served({ maxRequestHeadersKb: 300 })
  const session = h2(port, options)
  expect((await ask(session, head(290_000))).body.toString()).toBe('29')
  await expect(ask(session, head(310_000))).rejects.toThrow('INTERNAL_ERROR')
  expect((await ask(session, head(10_000))).body.toString()).toBe('1')
})
