import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RunningCommand } from './command.ts'
import { brokenYaml, MeshFolder, serviceYaml } from './mesh-files.ts'

// Each command is a process of its own, and a busy machine starts it late.
vi.setConfig({ testTimeout: 30_000 })

let folder: MeshFolder
const running: RunningCommand[] = []
beforeEach(async () => {
  folder = await MeshFolder.create()
})
afterEach(async () => {
  for (const command of running) command.signal('SIGKILL')
  await Promise.all(running.splice(0).map((command) => command.ended()))
  await folder.remove()
})

test('a control plane is ready with good configuration and ends with 0 on SIGTERM', async () => {
  await folder.write('mesh/reviews.yaml', serviceYaml)
  const command = controlPlane()
  const debug = await debugAddress(command)
  const answer = await fetch(`http://${debug}/ready`)
  expect(answer.status).toBe(200)

  command.signal('SIGTERM')
  expect((await command.ended()).code).toBe(0)
})

test('a control plane that starts on broken configuration says why, is not ready, and recovers', async () => {
  await folder.write('mesh/reviews.yaml', serviceYaml)
  const file = await folder.write('mesh/routes.yaml', brokenYaml)
  const command = controlPlane()
  await command.logs(/routes\.yaml:7:\d+/)
  const debug = await debugAddress(command)
  expect((await fetch(`http://${debug}/ready`)).status).toBe(503)

  await folder.write('mesh/routes.yaml', brokenYaml.replace('rout:', 'route:'))
  await expect
    .poll(async () => (await fetch(`http://${debug}/ready`)).status, { timeout: 20_000 })
    .toBe(200)
  expect(file).toContain('routes.yaml')
})

test('with --strict it ends with 1 instead', async () => {
  await folder.write('mesh/routes.yaml', brokenYaml)
  const { code, stderr } = await controlPlane('--strict').ended()
  expect(code).toBe(1)
  expect(stderr).toMatch(/routes\.yaml:7:\d+/)
})

test('logs are JSON if wanted, one object per line', async () => {
  await folder.write('mesh/reviews.yaml', serviceYaml)
  const command = controlPlane('--log-format', 'json')
  await debugAddress(command)
  command.signal('SIGINT')
  const { code, stderr } = await command.ended()
  expect(code).toBe(0)
  const entries = stderr
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(entries.length).toBeGreaterThan(0)
  for (const entry of entries) {
    expect(entry).toMatchObject({
      time: expect.any(String),
      scope: expect.any(String),
      message: expect.any(String),
    })
    expect(['info', 'warn', 'error']).toContain(entry.level)
  }
})

test('a proxy serves as its bootstrap says, and drains on SIGTERM: a request under way is finished', async () => {
  const arrived = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  const backend = createServer(async (_, response) => {
    arrived.resolve()
    await answer.promise
    response.end('served')
  })
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  const file = await folder.write(
    'sidecar.json',
    bootstrap((backend.address() as AddressInfo).port),
  )
  const command = start('proxy', '--bootstrap', file)
  const { listener } = await proxyAddresses(command)

  const response = fetch(`http://${listener}/`)
  await arrived.promise
  command.signal('SIGTERM')
  await command.logs(/drain/i)
  answer.resolve()
  expect(await (await response).text()).toBe('served')
  expect((await command.ended()).code).toBe(0)
  backend.close()
})

test('a proxy is replaced on SIGHUP while it serves, by as many processes as are asked for', async () => {
  const backend = createServer((_, response) => response.end('served'))
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  const file = await folder.write(
    'sidecar.json',
    bootstrap((backend.address() as AddressInfo).port),
  )
  const command = start('proxy', '--bootstrap', file, '--hot-restart', '--concurrency', '2')
  const { admin, listener } = await proxyAddresses(command)
  let asking = true
  const answers: string[] = []
  const load = (async () => {
    while (asking) {
      const response = await fetch(`http://${listener}/`)
      answers.push(await response.text())
    }
  })()

  command.signal('SIGHUP')
  await command.logs(/replaced/)
  asking = false
  await load

  expect(new Set(answers)).toEqual(new Set(['served']))
  const stats = await fetch(`http://${admin}/stats?filter=http.in.downstream_rq_completed`)
  expect(await stats.text()).toContain(`: ${answers.length}\n`)
  command.signal('SIGTERM')
  expect((await command.ended()).code).toBe(0)
  backend.closeAllConnections()
  backend.close()
})

test('a second signal ends a proxy at once', async () => {
  const arrived = Promise.withResolvers<void>()
  const backend = createServer(() => arrived.resolve())
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  const file = await folder.write(
    'sidecar.json',
    bootstrap((backend.address() as AddressInfo).port),
  )
  const command = start('proxy', '--bootstrap', file, '--drain-time', '600')
  const { listener } = await proxyAddresses(command)
  const broken = fetch(`http://${listener}/`).catch((error: unknown) => error)
  await arrived.promise

  command.signal('SIGTERM')
  await command.logs(/drain/i)
  command.signal('SIGTERM')
  expect((await command.ended()).code).toBe(143)
  expect(await broken).toBeInstanceOf(Error)
  backend.closeAllConnections()
  backend.close()
})

test('a proxy whose bootstrap is broken ends with 1 and names the line', async () => {
  const file = await folder.write('sidecar.yaml', 'node: { id: a }\nadmin:\n  adress: {}\n')
  const { code, stderr } = await start('proxy', '--bootstrap', file).ended()
  expect(code).toBe(1)
  expect(stderr).toMatch(new RegExp(`^meshwright: ${file}:3:3: admin\\.adress: .*\\n$`))
})

test.each(['GRPC', 'DELTA_GRPC'])(
  'a proxy configured by a control plane over %s, both from the command line',
  async (apiType) => {
    await folder.write('mesh/reviews.yaml', serviceYaml)
    const plane = controlPlane()
    await debugAddress(plane)
    const [, xds] = await plane.logs(/proxies on (?:[^\s:]+):(\d+)/)
    const file = await folder.write('sidecar.json', bootstrap(1, Number(xds), apiType))
    const command = start(
      'proxy',
      '--bootstrap',
      file,
      '--persist',
      join(folder.path, 'saved.json'),
    )
    const admin = await isLive(command)
    const clusters = await (await fetch(`http://${admin}/clusters`)).text()
    expect(clusters).toContain('outbound|9080||reviews.default.svc.cluster.local::127.0.1.3:9080')

    command.signal('SIGTERM')
    expect((await command.ended()).code).toBe(0)
  },
)

test('a proxy that kept its configuration starts with it while the control plane is away', async () => {
  await folder.write('mesh/reviews.yaml', serviceYaml)
  const plane = controlPlane()
  const [, xds] = await plane.logs(/proxies on (?:[^\s:]+):(\d+)/)
  const file = await folder.write('sidecar.json', bootstrap(1, Number(xds)))
  const flags = ['proxy', '--bootstrap', file, '--persist', join(folder.path, 'saved.json')]
  const first = start(...flags)
  await isLive(first)
  first.signal('SIGTERM')
  await first.ended()
  plane.signal('SIGKILL')
  await plane.ended()

  const admin = await isLive(start(...flags))
  const clusters = await (await fetch(`http://${admin}/clusters`)).text()
  expect(clusters).toContain('outbound|9080||reviews.default.svc.cluster.local::127.0.1.3:9080')
})

test('an address that is taken is told in one line', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as AddressInfo
  await folder.write('mesh/reviews.yaml', serviceYaml)
  const flags = ['--log-level', 'none', '--debug-address', `127.0.0.1:${port}`]
  const { code, stderr } = await controlPlane(...flags).ended()
  expect(code).toBe(1)
  expect(stderr).toMatch(new RegExp(`^meshwright: [^\n]*${port}[^\n]*\n$`))
  taken.close()
})

async function isLive(command: RunningCommand): Promise<string> {
  const { admin } = await proxyAddresses(command)
  await expect
    .poll(async () => (await fetch(`http://${admin}/ready`)).text(), { timeout: 20_000 })
    .toContain('LIVE')
  return admin
}

function start(...args: readonly string[]): RunningCommand {
  const command = new RunningCommand(args)
  running.push(command)
  return command
}

function controlPlane(...flags: readonly string[]): RunningCommand {
  return start(
    ...['control-plane', '--config-dir', join(folder.path, 'mesh')],
    ...['--xds-address', '127.0.0.1:0', '--debug-address', '127.0.0.1:0'],
    ...flags,
  )
}

async function debugAddress(command: RunningCommand): Promise<string> {
  const [, address = ''] = await command.logs(/debug pages on (127\.0\.0\.1:\d+)/)
  return address
}

async function proxyAddresses(
  command: RunningCommand,
): Promise<{ readonly admin: string; readonly listener: string }> {
  const [, admin = ''] = await command.logs(/admin\S*=(127\.0\.0\.1:\d+)/)
  const listeners = await (await fetch(`http://${admin}/listeners`)).text()
  const [, listener = ''] = /in::(127\.0\.0\.1:\d+)/.exec(listeners) ?? []
  return { admin, listener }
}

function bootstrap(backendPort: number, xdsPort?: number, apiType = 'DELTA_GRPC'): string {
  const cluster = (name: string, port: number) => ({
    name,
    type: 'STATIC',
    connectTimeout: '1s',
    loadAssignment: {
      clusterName: name,
      endpoints: [{ lbEndpoints: [{ endpoint: { address: socketAddress(port) } }] }],
    },
  })
  const filters = 'type.googleapis.com/envoy.extensions.filters'
  const manager = {
    '@type': `${filters}.network.http_connection_manager.v3.HttpConnectionManager`,
    statPrefix: 'in',
    routeConfig: {
      virtualHosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: [{ match: { prefix: '/' }, route: { cluster: 'backend' } }],
        },
      ],
    },
    httpFilters: [
      {
        name: 'envoy.filters.http.router',
        typedConfig: { '@type': `${filters}.http.router.v3.Router` },
      },
    ],
  }
  const dynamicResources = {
    ldsConfig: { ads: {} },
    cdsConfig: { ads: {} },
    adsConfig: { apiType, grpcServices: [{ envoyGrpc: { clusterName: 'xds' } }] },
  }
  return JSON.stringify({
    node: {
      id: 'sidecar~127.0.0.1~web.default~default.svc.cluster.local',
      cluster: 'web',
      metadata: { INTERCEPTION_MODE: 'NONE' },
    },
    admin: { address: socketAddress(0) },
    staticResources: {
      clusters: [
        cluster('backend', backendPort),
        ...(xdsPort === undefined ? [] : [cluster('xds', xdsPort)]),
      ],
      listeners: [
        {
          name: 'in',
          address: socketAddress(0),
          filterChains: [{ filters: [{ name: 'hcm', typedConfig: manager }] }],
        },
      ],
    },
    ...(xdsPort !== undefined && { dynamicResources }),
  })
}

function socketAddress(portValue: number) {
  return { socketAddress: { address: '127.0.0.1', portValue } }
}
