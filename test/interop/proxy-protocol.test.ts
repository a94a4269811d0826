import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createProxy, viewOf } from '@meshwright/mini-proxy'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { ensurePrograms } from '../peers/debian.ts'
import { accepts } from '../support/accepts.ts'
import { until } from '../support/until.ts'

beforeAll(() => ensurePrograms({ haproxy: 'haproxy' }))

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

/** A real haproxy with this configuration, once it accepts on `port`. */
async function haproxy(port: number, sections: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'proxy-protocol-'))
  const file = join(folder, 'haproxy.cfg')
  const timeouts = 'timeout connect 5s\n  timeout client 5s\n  timeout server 5s'
  writeFileSync(file, `global\n  nbthread 1\ndefaults\n  ${timeouts}\n${sections}\n`)
  const child = spawn('haproxy', ['-db', '-f', file], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  closing.push(async () => {
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  })
  await until('haproxy to listen', () => accepts(port))
}

function ask(port: number): Promise<{ body: string; client: string }> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', agent: false }, (response) => {
      const client = `127.0.0.1:${response.socket.localPort}`
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.once('end', () => resolve({ body, client }))
    }).once('error', reject)
  })
}

const prefix = 'type.googleapis.com/envoy.extensions'

/** A listener that says whom it takes the client for and where it was going. */
function telling(port: number): object {
  const format = '%DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS%'
  const routes = [
    {
      match: { prefix: '/' },
      directResponse: {
        status: 200,
        bodyFormat: { textFormatSource: { inlineString: format } },
        body: { inlineString: 'x' },
      },
    },
  ]
  const routeConfig = { virtualHosts: [{ name: 'all', domains: ['*'], routes }] }
  const router = { '@type': `${prefix}.filters.http.router.v3.Router` }
  const manager = `${prefix}.filters.network.http_connection_manager.v3.HttpConnectionManager`
  const config = {
    '@type': manager,
    statPrefix: 'in',
    useRemoteAddress: true,
    routeConfig,
    httpFilters: [{ name: 'router', typedConfig: router }],
  }
  const header = { '@type': `${prefix}.filters.listener.proxy_protocol.v3.ProxyProtocol` }
  return {
    name: 'in',
    address: { socketAddress: { address: '127.0.0.1', portValue: port } },
    listenerFilters: [{ name: 'proxy_protocol', typedConfig: header }],
    filterChains: [{ filters: [{ name: 'http', typedConfig: config }] }],
  }
}

test.each(['send-proxy', 'send-proxy-v2', 'send-proxy-v2-ssl-cn'])(
  'haproxy tells us of its client by %s',
  async (option) => {
    const [front, back] = [await freePort(), await freePort()]
    const proxy = createProxy()
    closing.push(() => proxy.close())
    await proxy.apply(viewOf({ listeners: [telling(back)] }))
    const server = `server us 127.0.0.1:${back} ${option}`
    await haproxy(front, `listen in\n  mode tcp\n  bind 127.0.0.1:${front}\n  ${server}`)

    const { body, client } = await ask(front)

    expect(body).toBe(`${client} 127.0.0.1:${front}`)
  },
)

/** A proxy on `front` that tells of its clients on `back`. */
async function relaying(
  front: number,
  back: number,
  { config, listenerFilters = [] }: { config: object; listenerFilters?: readonly object[] },
): Promise<void> {
  const raw = { '@type': `${prefix}.transport_sockets.raw_buffer.v3.RawBuffer` }
  const transport = `${prefix}.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport`
  const endpoint = { address: { socketAddress: { address: '127.0.0.1', portValue: back } } }
  const relay = { '@type': `${prefix}.filters.network.tcp_proxy.v3.TcpProxy` }
  const proxy = createProxy()
  closing.push(() => proxy.close())
  await proxy.apply(
    viewOf({
      listeners: [
        {
          name: 'in',
          address: { socketAddress: { address: '127.0.0.1', portValue: front } },
          listenerFilters,
          filterChains: [
            {
              filters: [
                { name: 'tcp', typedConfig: { ...relay, statPrefix: 'in', cluster: 'haproxy' } },
              ],
            },
          ],
        },
      ],
      clusters: [
        {
          name: 'haproxy',
          type: 'STATIC',
          loadAssignment: {
            clusterName: 'haproxy',
            endpoints: [{ lbEndpoints: [{ endpoint }] }],
          },
          transportSocket: {
            name: 'proxy',
            typedConfig: {
              '@type': transport,
              config,
              transportSocket: { name: 'raw', typedConfig: raw },
            },
          },
        },
      ],
    }),
  )
}

test.each(['V1', 'V2'])('we tell haproxy of our client by %s', async (version) => {
  const [front, back] = [await freePort(), await freePort()]
  const told = '%[src]:%[src_port] %[dst]:%[dst_port]'
  const answer = `http-request return status 200 content-type text/plain lf-string "${told}"`
  const binds = `bind 127.0.0.1:${back} accept-proxy`
  await haproxy(back, `frontend in\n  mode http\n  ${binds}\n  ${answer}`)
  await relaying(front, back, { config: { version } })

  const { body, client } = await ask(front)

  expect(body).toBe(`${client} 127.0.0.1:${front}`)
})

test('what a client says besides comes to haproxy, with what is added', async () => {
  const [front, back] = [await freePort(), await freePort()]
  const told = '%[src] %[fc_pp_authority] %[fc_pp_unique_id]'
  const answer = `http-request return status 200 content-type text/plain lf-string "${told}"`
  const binds = `bind 127.0.0.1:${back} accept-proxy`
  await haproxy(back, `frontend in\n  mode http\n  ${binds}\n  ${answer}`)
  const passThroughTlvs = { matchType: 'INCLUDE_ALL' }
  const addedTlvs = [{ type: 5, value: Buffer.from('id-7').toString('base64') }]
  const header = `${prefix}.filters.listener.proxy_protocol.v3.ProxyProtocol`
  const typedConfig = { '@type': header, passThroughTlvs }
  await relaying(front, back, {
    config: { version: 'V2', passThroughTlvs, addedTlvs },
    listenerFilters: [{ name: 'proxy_protocol', typedConfig }],
  })
  // 203.0.113.7:1 to 198.51.100.9:2; a checksum that is right for no other header, and a name.
  const extensions = [3, 0, 4, 1, 2, 3, 4, 2, 0, 9, ...Buffer.from('shop.test')]
  const ends = [203, 0, 113, 7, 198, 51, 100, 9, 0, 1, 0, 2]
  const signature = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]
  const length = ends.length + extensions.length
  const socket = connect(front, '127.0.0.1')
  socket.write(Buffer.from([...signature, 0x21, 0x11, 0, length, ...ends, ...extensions]))
  socket.write('GET / HTTP/1.0\r\n\r\n')
  let heard = ''
  for await (const chunk of socket) heard += chunk

  expect(heard).toContain('203.0.113.7 shop.test id-7')
})
