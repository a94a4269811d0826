import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { giveSlab, takeSlab } from '../../src/channel/slabs.ts'
import { createProxy } from '../../src/index.ts'
import { beyond, gaugesLeft, holdings } from './leftovers.ts'
import { takeEnded } from './watched-stats.ts'

test('a listening socket that is left open is seen, and no more once it is closed', async () => {
  const before = holdings()
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  expect(beyond(before)).toEqual([
    expect.stringMatching(/^descriptors: \d+ before, now \d+$/),
    'TCPServerWrap: 0 before, now 1',
  ])
  server.close()
  await once(server, 'close')
  await expect.poll(() => beyond(before), { timeout: 10_000 }).toEqual([])
})

test('a timer and a slab that are left are seen', () => {
  const before = holdings()
  const timer = setTimeout(() => undefined, 1000)
  const slab = takeSlab(1)
  expect(beyond(before)).toEqual([
    expect.stringMatching(/^slabs: /),
    expect.stringMatching(/^Timeout: /),
  ])
  clearTimeout(timer)
  giveSlab(slab)
  expect(beyond(before)).toEqual([])
})

test('a gauge that is left is seen once the proxy is closed, a setting is not', async () => {
  const proxy = createProxy()
  const leaked = proxy.stats.scope('http.in').gauge('downstream_rq_active')
  leaked.add(1)
  proxy.stats.gauge('cluster.b.membership_total').set(3)
  expect(takeEnded()).toEqual([])
  await proxy.close()
  expect(takeEnded()).toEqual([proxy.stats])
  expect(gaugesLeft(proxy.stats)).toEqual(['http.in.downstream_rq_active: 1'])
  leaked.add(-1)
  expect(gaugesLeft(proxy.stats)).toEqual([])
})
