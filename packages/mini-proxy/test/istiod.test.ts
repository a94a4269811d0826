import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { createProxy, viewOf } from '../src/index.ts'

// Answers of a real istiod; their origin is written beside them.
const folder = new URL('../../../test/fixtures/istiod/', import.meta.url)
const kinds = {
  listeners: 'listener.v3.Listener',
  clusters: 'cluster.v3.Cluster',
  routes: 'route.v3.RouteConfiguration',
  endpoints: 'endpoint.v3.ClusterLoadAssignment',
} as const

/** What is refused, and why: all of it, or the tests fail. Only filters that are not built may stand here. */
const refused: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'grpc.json': {},
  'ingress.json': {},
  'ratings-redirect.json': {
    'listeners virtualInbound':
      'http_connection_manager: http filter "envoy.filters.http.rbac" of type envoy.extensions.filters.http.rbac.v3.RBAC is not supported',
  },
  'reviews-none.json': {},
  'reviews-redirect.json': {},
}
/** How many resources each has. */
const sizes: Readonly<Record<string, number>> = {
  'grpc.json': 8,
  'ingress.json': 24,
  'ratings-redirect.json': 35,
  'reviews-none.json': 31,
  'reviews-redirect.json': 34,
}

interface Named {
  readonly name?: string
  readonly clusterName?: string
}

function recorded(file: string): Partial<Record<keyof typeof kinds, readonly Named[]>> {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
}

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

test.each(Object.entries(refused))(
  'what istiod sends in %s is accepted but for the list',
  (file, list) => {
    const proxy = createProxy()
    const dump = recorded(file)
    let tried = 0
    const verdicts: Record<string, string> = {}
    for (const [kind, type] of Object.entries(kinds)) {
      for (const resource of dump[kind as keyof typeof kinds] ?? []) {
        tried++
        const verdict = proxy.check(`type.googleapis.com/envoy.config.${type}`, resource)
        if (verdict !== undefined) verdicts[`${kind} ${resource.name}`] = verdict
      }
    }

    expect(verdicts).toEqual(list)
    expect(tried).toBe(sizes[file])
  },
)

test('what a proxyless client of istiod listens to opens no port', async () => {
  const warnings: string[] = []
  const proxy = createProxy({ log: ({ message }) => warnings.push(message) })
  closing.push(() => proxy.close())
  const { listeners = [] } = recorded('grpc.json')

  await proxy.apply(viewOf({ listeners }))

  const active = proxy.stats.list().find(({ name }) => name.endsWith('total_listeners_active'))
  expect(active?.instrument).toMatchObject({ value: listeners.length })
  expect([...proxy.listeners]).toEqual([])
  expect(warnings).toContain('Listener.api_listener is accepted but does nothing')
})

test('a listener of an API with a filter that is not built is refused', () => {
  const [listener] = recorded('grpc.json').listeners ?? []
  const broken = JSON.parse(JSON.stringify(listener).replace('fault.v3.HTTPFault', 'x.v3.Unknown'))

  expect(
    createProxy().check('type.googleapis.com/envoy.config.listener.v3.Listener', broken),
  ).toContain('x.v3.Unknown')
})

test('the listener of reviews-redirect.json whose chains wait for a secret is warming', async () => {
  const proxy = createProxy()
  closing.push(() => proxy.close())
  const { listeners = [] } = recorded('reviews-redirect.json')
  const waiting = listeners.filter((it) => JSON.stringify(it).includes('"sdsConfig"'))
  expect(waiting.map(({ name }) => name)).toEqual(['virtualInbound'])

  await proxy.apply(viewOf({ listeners: waiting }))

  const warming = proxy.stats.list().find(({ name }) => name.endsWith('total_listeners_warming'))
  expect(warming?.instrument).toMatchObject({ value: 1 })
  expect([...proxy.listeners]).toEqual([])
})
