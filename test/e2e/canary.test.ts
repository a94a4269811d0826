import { expect, test } from 'vitest'
import { startApp } from './support/app.ts'
import {
  documents,
  gateway,
  meshConfig,
  routes,
  type ServiceEndpoint,
  service,
  subsets,
  weighted,
} from './support/documents.ts'
import { freePorts } from './support/free-port.ts'
import { Load } from './support/load.ts'
import { Mesh } from './support/mesh.ts'

const address = '127.0.3.21'
const host = 'shop.example'
const router = {
  id: `router~${address}~gateway.default~default.svc.cluster.local`,
  labels: { app: 'gateway' },
}
const requestsPerStep = 2000

const version = (name: string, port: number): ServiceEndpoint => ({
  ...{ address: '127.0.0.1', port, labels: { version: name } },
})

/** How far a count of `draws` may stray from its mean: five standard deviations, which chance passes once in 3.5 million times. */
function bound(draws: number, share: number): number {
  return 5 * Math.sqrt(draws * share * (1 - share))
}

test('a canary that is shifted 1, 10, 50, 100 percent under load has its share at each step, and no request fails', async () => {
  const [door = 0] = await freePorts(address, 1)
  await using v1 = await startApp('v1')
  await using v2 = await startApp('v2')
  const config = (percent: number): string =>
    documents(
      meshConfig,
      gateway(address, door),
      service('reviews', [version('v1', v1.port), version('v2', v2.port)]),
      subsets('reviews', ['v1', 'v2']),
      routes(host, [weighted('reviews', { v1: 100 - percent, v2: percent })], ['door']),
    )
  await using mesh = await Mesh.start(config(0))
  await mesh.proxy(router)
  const clients = 8
  const load = new Load({ address, port: door, host }, clients)
  await load.more(200)
  expect(v2.requests).toBe(0)

  const shares: string[] = []
  for (const percent of [1, 10, 50, 100]) {
    await mesh.change(config(percent))
    const before = { v1: v1.requests, v2: v2.requests }
    await load.more(requestsPerStep)
    const [stable, canary] = [v1.requests - before.v1, v2.requests - before.v2]
    const sent = stable + canary
    const share = percent / 100
    shares.push(`${percent} %: ${canary} of ${sent}`)
    // What was under way at the change was drawn by the weights before.
    expect(Math.abs(canary - sent * share)).toBeLessThanOrEqual(bound(sent, share) + clients)
    expect(canary).toBeGreaterThan(0)
    if (percent < 100) expect(stable).toBeGreaterThan(0)
    else expect(stable).toBeLessThanOrEqual(clients)
  }

  const { sent, ok, failures } = await load.stop()
  console.log(`canary: ${shares.join(', ')}; ${sent} sent, ${failures.length} failed`)
  expect({ failures, ok }).toEqual({ failures: [], ok: sent })
  expect(v1.requests + v2.requests).toBe(sent)
})

test('the bound tells a share of 15 percent from one of 10', () => {
  const difference = requestsPerStep * (0.15 - 0.1)
  expect(difference).toBeGreaterThan(bound(requestsPerStep, 0.1) + 8)
})
