import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createHttp2 } from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import { stripVTControlCharacters } from 'node:util'
import { createProxy, type MeshProxy, viewOf } from '@meshwright/mini-proxy'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cluster, http, listener, routesTo, tls } from '../../packages/mini-proxy/test/resources.ts'
import { installH2spec } from '../peers/h2spec.ts'

let h2spec: string
let proxy: MeshProxy
const servers: Server[] = []

beforeAll(async () => {
  h2spec = installH2spec()
  const app = await listening(
    createServer((request, response) => {
      request.resume()
      request.on('end', () => response.end('hello world'))
    }),
  )
  proxy = createProxy({})
  await proxy.apply(
    viewOf({
      // By preface, what is no HTTP/2 would be answered in HTTP/1.
      listeners: [
        listener('plain', [http('main', { codecType: 'HTTP2' })]),
        listener('tls', [], { filterChains: [overTls(http('main'))] }),
      ],
      clusters: [cluster('app', [app])],
      routes: [routesTo('main', 'app')],
    }),
  )
})

afterAll(async () => {
  await proxy.close()
  for (const server of servers) server.close()
})

/** Cases with `--strict`; RFC 7540, RFC 7541 and what h2spec calls generic. */
const cases = 146

test('every case of h2spec is passed over plain text', async () => {
  expect(await run(proxy.listeners.get('plain')?.port)).toEqual({ cases, failed: [] })
})

test('every case of h2spec is passed over TLS', async () => {
  const report = await run(proxy.listeners.get('tls')?.port, '--tls', '--insecure')
  expect(report).toEqual({ cases, failed: [] })
})

test('h2spec finds what node:http2 fails', async () => {
  const server = createHttp2((_, response) => response.end('hello world'))
  const report = await run(await listening(server))
  expect(report.cases).toBe(cases)
  expect(report.failed.length).toBeGreaterThan(0)
})

/** What h2spec says: how many cases it ran, and the titles of those that failed. */
async function run(
  port: number | undefined,
  ...more: readonly string[]
): Promise<{ cases: number; failed: string[] }> {
  const output = await new Promise<string>((resolve) => {
    // It exits with 1 if a case fails.
    execFile(h2spec, ['--port', String(port), '--strict', ...more], (_, stdout) => resolve(stdout))
  })
  const text = stripVTControlCharacters(output)
  const failed = [...text.matchAll(/^\s*× (.+)$/gm)].map(([, title = '']) => title)
  return { cases: Number(/^(\d+) tests,/m.exec(text)?.[1]), failed: [...new Set(failed)] }
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push(server)
  return (server.address() as AddressInfo).port
}

function overTls(filter: object): object {
  const pem = (name: string) => ({
    inlineString: readFileSync(`packages/mini-proxy/test/fixtures/tls/${name}.pem`, 'utf8'),
  })
  return {
    filters: [filter],
    transportSocket: tls('Downstream', {
      commonTlsContext: {
        alpnProtocols: ['h2', 'http/1.1'],
        tlsCertificates: [{ certificateChain: pem('server'), privateKey: pem('server-key') }],
      },
    }),
  }
}
