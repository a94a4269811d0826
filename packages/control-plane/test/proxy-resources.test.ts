import { readConfig } from '@meshwright/mesh-config'
import { expect, test } from 'vitest'
import { ProxyResources } from '../src/proxy-resources.ts'

function snapshot(address: string) {
  const text = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: reviews, namespace: default }
spec:
  hosts: [reviews.default.svc.cluster.local]
  ports: [{ number: 9080, name: http, protocol: HTTP }]
  resolution: STATIC
  location: MESH_INTERNAL
  endpoints: [{ address: ${address} }]
`
  const { snapshot: made } = readConfig([{ path: 'reviews.yaml', text }])
  if (made === undefined) throw new Error('expected good configuration')
  return made
}

const node = (i: number) => ({ id: `sidecar~10.0.0.${i}~p${i}.default~default.svc.cluster.local` })

test('lets other work run after each proxy that it compiles for, and serves what it compiled', async () => {
  const resources = new ProxyResources()
  const seen: unknown[] = []
  const next = snapshot('10.1.0.1')

  await resources.check(next, [node(1), node(2), node(1)], async (compiled) => {
    seen.push(compiled)
  })
  resources.use(next)

  expect(seen).toEqual([resources.resourcesFor(node(1)), resources.resourcesFor(node(2))])
  expect(seen[0]).toBe(resources.resourcesFor(node(1)))
})

test('keeps what connected proxies have, and of those that left only the latest', () => {
  const resources = new ProxyResources()
  resources.use(snapshot('10.1.0.1'))
  const connected = resources.resourcesFor(node(1))
  const left = resources.resourcesFor(node(2))
  resources.left(node(2))
  expect(resources.resourcesFor(node(2))).toBe(left)
  resources.left(node(2))

  for (let i = 0; i < 300; i++) {
    const other = { id: `sidecar~10.0.1.1~x${i}.default~default.svc.cluster.local` }
    resources.resourcesFor(other)
    resources.left(other)
  }

  expect(resources.resourcesFor(node(1))).toBe(connected)
  expect(resources.resourcesFor(node(2))).not.toBe(left)
})
