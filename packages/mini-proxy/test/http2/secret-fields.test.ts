import { createServer, type IncomingHttpHeaders, sensitiveHeaders } from 'node:http2'
import { expect, test } from 'vitest'
import { h2 } from './h2-client.ts'
import { listening, mesh } from './mesh.ts'

// RFC 7541 6.2.3: a hop must pass such a field on as it came.
test('a field that no table may hold is passed on as such, both ways', async () => {
  const seen: IncomingHttpHeaders[] = []
  const app = createServer()
  app.on('stream', (stream, headers) => {
    seen.push(headers)
    stream.respond({ ':status': 200, 'x-key': 'k', 'x-open': 'o', [sensitiveHeaders]: ['x-key'] })
    stream.end()
  })
  const { port } = await mesh(await listening(app), { upstream: 2 })
  const session = h2(port)
  const ask = () =>
    new Promise<IncomingHttpHeaders>((resolve, reject) => {
      const request = {
        ':path': '/',
        'x-token': 't',
        'x-plain': 'p',
        [sensitiveHeaders]: ['x-token'],
      }
      const stream = session.request(request)
      stream.on('response', resolve).on('error', reject).resume()
    })

  for (let i = 0; i < 3; i++) {
    const reply = await ask()
    expect(reply['x-key']).toBe('k')
    expect(Reflect.get(reply, sensitiveHeaders)).toEqual(['x-key'])
    expect(seen[i]?.['x-token']).toBe('t')
    expect(Reflect.get(seen[i] ?? {}, sensitiveHeaders)).toEqual(['x-token'])
  }
})
