import { Agent } from 'node:http'
import { superviseProxy } from '@meshwright/mini-proxy'
import { parseBootstrap } from '@meshwright/xds-client'
import { createXdsServer } from '@meshwright/xds-server'
import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { startApp } from './support/app.ts'
import { Disposals } from './support/disposals.ts'
import { call } from './support/http.ts'
import { bootstrapFor } from './support/mesh.ts'
import { edsCluster, endpointsOf, httpListener, type Resources } from './support/resources.ts'

const who = { id: 'sidecar~127.0.0.1~a.default~default.svc.cluster.local', labels: {} }
const connections = 24

/** Everything goes to the app, and every answer tells this version. */
function routesOf(version: number): Resources['routes'] {
  const header = { key: 'x-version', value: `${version}` }
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'app' } }]
  const responseHeadersToAdd = [{ header }]
  return [
    { name: 'main', responseHeadersToAdd, virtualHosts: [{ name: 'all', domains: ['*'], routes }] },
  ]
}

/** Two workers in front of an app, fed over ADS with the version that `served` says. */
async function twoWorkers(stack: Disposals) {
  const app = stack.use(await startApp('app'))
  const type = 'type.googleapis.com/envoy.extensions.filters.http'
  const httpFilters = [
    { name: 'worker', typedConfig: { '@type': `${type}.cors.v3.Cors` } },
    { name: 'router', typedConfig: { '@type': `${type}.router.v3.Router` } },
  ]
  const resources: Omit<Resources, 'routes'> = {
    listeners: [httpListener('in', 'main', { httpFilters })],
    clusters: [edsCluster('app')],
    endpoints: [endpointsOf('app', app.port)],
  }
  const served = { version: 0 }
  const server = createXdsServer({
    resourcesFor: () => ({ ...resources, routes: routesOf(served.version) }),
  })
  stack.defer(() => server.close())
  const address = await server.listen({ port: 0 })
  const proxy = await superviseProxy({
    bootstrap: parseBootstrap(bootstrapFor(who, address)),
    concurrency: 2,
    worker: new URL('./support/naming-worker.ts', import.meta.url),
  })
  stack.defer(() => proxy.close())
  const listeners = await (await fetch(`http://127.0.0.1:${proxy.admin?.port}/listeners`)).text()
  const [, port] = /^in::127\.0\.0\.1:(\d+)$/m.exec(listeners) ?? []
  return { app, port: Number(port), served, server, proxy }
}

test('workers take every change of the control plane together, keep their connections, and count as one', {
  timeout: 120_000,
}, async () => {
  await using stack = new Disposals()
  const { app, port, served, server, proxy } = await twoWorkers(stack)
  const agents = Array.from({ length: connections }, () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    stack.defer(() => agent.destroy())
    return agent
  })
  let answered = 0
  /** Which worker answered on each connection, and with which version. */
  const askAll = (): Promise<{ worker: string; version: number }[]> =>
    Promise.all(
      agents.map(async (agent) => {
        const answer = await call({ address: '127.0.0.1', port, host: 'a.example', agent })
        expect(answer.status).toBe(200)
        answered += 1
        const { 'x-worker': worker, 'x-version': told } = answer.headers
        return { worker: String(worker), version: Number(told) }
      }),
    )

  const first = await askAll()
  expect(new Set(first.map(({ worker }) => worker))).toEqual(new Set(proxy.pids.map(String)))
  const seen = first.map((it) => it.version)
  for (let next = 1; next <= 5; next++) {
    served.version = next
    server.push('test')
    await until(`version ${next} on every connection`, async () => {
      const answers = await askAll()
      for (const [i, it] of answers.entries()) {
        // One that was replaced is never seen again, and none is left out.
        expect(it.version).toBeGreaterThanOrEqual(seen[i] ?? 0)
        expect(it.version).toBeGreaterThanOrEqual(next - 1)
        expect(it.worker).toBe(first[i]?.worker)
        seen[i] = it.version
      }
      return answers.every((it) => it.version === next)
    })
  }

  const stats = new Map((await proxy.stats()).map(({ name, instrument }) => [name, instrument]))
  const value = (name: string): number => {
    const found = stats.get(name)
    return found === undefined || found.kind === 'histogram' ? -1 : found.value
  }
  expect(value('http.main.downstream_rq_2xx')).toBe(answered)
  expect(value('http.main.downstream_cx_total')).toBe(connections)
  expect(value('http.main.downstream_cx_active')).toBe(connections)
  const admin = `http://127.0.0.1:${proxy.admin?.port}`
  const clusters = await (await fetch(`${admin}/clusters`)).text()
  expect(clusters).toContain(`app::127.0.0.1:${app.port}::rq_total::${answered}\n`)
  expect(clusters.match(/rq_total/g)).toHaveLength(2)
  expect(await (await fetch(`${admin}/listeners`)).text()).toBe(`in::127.0.0.1:${port}\n`)

  await fetch(`${admin}/healthcheck/fail`, { method: 'POST' })
  expect((await fetch(`${admin}/ready`)).status).toBe(503)
  const leaving = await Promise.all(
    agents.map((agent) => call({ address: '127.0.0.1', port, host: 'a.example', agent })),
  )
  expect(leaving.map(({ headers }) => headers.connection)).toEqual(
    Array.from({ length: connections }, () => 'close'),
  )
})

test('the other workers serve on as they did while the one that speaks to the control plane is replaced', {
  timeout: 120_000,
}, async () => {
  await using stack = new Disposals()
  const { port, served, proxy } = await twoWorkers(stack)
  const [leader, follower] = proxy.pids
  const ask = (agent: Agent) => call({ address: '127.0.0.1', port, host: 'a.example', agent })
  /** A connection that the follower has; which worker gets one is a matter of chance. */
  const connected = async (): Promise<Agent> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    stack.defer(() => agent.destroy())
    const { headers } = await ask(agent)
    return headers['x-worker'] === `${follower}` ? agent : connected()
  }
  const agent = await connected()

  process.kill(leader ?? 0, 'SIGKILL')
  served.version = 1
  let answered = 0
  await until('the new leader has brought a change', async () => {
    const { status, headers } = await ask(agent)
    expect({ status, worker: headers['x-worker'], connection: headers.connection }).toEqual({
      status: 200,
      worker: `${follower}`,
      connection: undefined,
    })
    answered += 1
    return headers['x-version'] === '1'
  })
  expect(answered).toBeGreaterThan(0)
  expect(proxy.pids).not.toContain(leader)
})
