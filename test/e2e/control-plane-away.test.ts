import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { startApp } from './support/app.ts'
import {
  documents,
  gateway,
  meshConfig,
  routes,
  service,
  subsets,
  weighted,
} from './support/documents.ts'
import { folder } from './support/folder.ts'
import { freePorts } from './support/free-port.ts'
import { call } from './support/http.ts'
import { Load } from './support/load.ts'
import { Mesh } from './support/mesh.ts'

const address = '127.0.3.4'
const host = 'shop.example'

test.each(['GRPC', 'DELTA_GRPC'] as const)(
  'the control plane goes away under load and comes back: no request fails, a proxy restarts without it, the next change arrives (%s)',
  async (apiType) => {
    const [door = 0, otherDoor = 0] = await freePorts(address, 2)
    await using dir = await folder()
    await using v1 = await startApp('v1')
    await using v2 = await startApp('v2')
    const config = (weights: Record<string, number>) =>
      documents(
        meshConfig,
        gateway(address, door),
        gateway(address, otherDoor, 'other-door', 'other-gateway'),
        service('reviews', [
          { address: '127.0.0.1', port: v1.port, labels: { version: 'v1' } },
          { address: '127.0.0.1', port: v2.port, labels: { version: 'v2' } },
        ]),
        subsets('reviews', ['v1', 'v2']),
        routes(host, [weighted('reviews', weights)], ['door', 'other-door']),
      )
    await using mesh = await Mesh.start(config({ v1: 100, v2: 0 }))
    const xds = mesh.plane.xdsAddress
    const identity = (app: string) => ({
      id: `router~${address}~${app}.default~default.svc.cluster.local`,
      labels: { app },
      apiType,
    })
    const persist = join(dir.path, 'saved.json')
    const staying = await mesh.proxy(identity('gateway'))
    const restarted = await mesh.proxy(identity('other-gateway'), { persist })
    await until('the saved configuration', () => existsSync(persist))
    const load = new Load({ address, port: door, host })
    await load.more(100)

    await mesh.plane.close()
    await until('the proxies to notice', () => !staying.status().connected)
    await load.more(200)
    await restarted.close()
    const again = await mesh.proxyAt(identity('other-gateway'), xds, { persist })
    await again.ready
    expect(again.status().connected).toBe(false)
    for (let i = 0; i < 20; i++) {
      const answer = await call({ address, port: otherDoor, host })
      expect(answer).toMatchObject({ status: 200, body: 'v1' })
    }
    await load.more(200)

    await mesh.startPlane({}, xds.port)
    await until('both proxies to be back', () => mesh.plane.clients().length === 2)
    await mesh.plane.synced()
    const changeMs = await mesh.change(config({ v1: 0, v2: 100 }))
    const { requests } = v2
    await load.more(100)
    const { sent, ok, failures } = await load.stop()

    console.log(
      `control plane away (${apiType}): ${sent} sent, ${ok} ok; next change in ${changeMs.toFixed(0)} ms`,
    )
    expect({ failures, ok }).toEqual({ failures: [], ok: sent })
    expect(v2.requests - requests).toBeGreaterThanOrEqual(100 - 8)
    const last = await call({ address, port: otherDoor, host })
    expect(last).toMatchObject({ status: 200, body: 'v2' })
    expect(changeMs).toBeLessThan(1_000)
    const accepted = staying.proxy.stats.counter(`listener.${address}_${door}.downstream_cx_total`)
    expect(accepted.value).toBe(8)
  },
)
