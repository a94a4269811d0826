import type { Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adsBootstrap } from '../support/ads-bootstrap.ts'
import { until } from '../support/until.ts'
import { versionsOf } from './support/config-dump.ts'
import { type Echo, startEcho, stop } from './support/echo.ts'
import { type RunningEnvoy, startEnvoy, statsOf } from './support/envoy.ts'
import { demoFiles, istiodFiles, startPlane, type TestPlane } from './support/plane.ts'
import { send } from './support/send.ts'

const sidecar = {
  id: 'sidecar~127.0.1.6~ratings-v1.default~default.svc.cluster.local',
  labels: { app: 'ratings', version: 'v1' },
}
const gateway = {
  id: 'router~127.0.1.10~ingress.default~default.svc.cluster.local',
  labels: { app: 'ingress', istio: 'ingressgateway' },
}
const scenarios = [
  {
    name: 'the demo, as sidecar',
    files: demoFiles,
    node: sidecar,
    probe: { port: 15_080, address: '127.0.1.6', url: 'http://details:9080/details/0' },
    backend: 'details',
  },
  {
    name: 'the demo, as gateway',
    files: demoFiles,
    node: gateway,
    probe: { port: 8_080, address: '127.0.1.10', url: 'http://bookinfo.example.org/productpage' },
    backend: 'productpage',
  },
  {
    name: 'istiod’s configuration, as sidecar',
    files: istiodFiles,
    node: sidecar,
    probe: {
      port: 9_080,
      address: '127.0.0.1',
      url: 'http://details.default.svc.cluster.local:9080/',
    },
    backend: 'details',
  },
  {
    name: 'istiod’s configuration, as gateway',
    files: istiodFiles,
    node: gateway,
    probe: { port: 80, address: '127.0.0.1', url: 'http://bookinfo.example.org/productpage' },
    backend: 'productpage',
  },
] as const

const backends: Server[] = []
beforeAll(async () => {
  backends.push(await startEcho('productpage', '127.0.1.1', 9_080))
  backends.push(await startEcho('details', '127.0.1.2', 9_080))
})
afterAll(() => Promise.all(backends.map(stop)))

describe.each(scenarios)('real Envoy takes $name', ({ files, node, probe, backend }) => {
  test.each(['GRPC', 'DELTA_GRPC'] as const)('over %s', async (apiType) => {
    await using test = await startPlane(files())
    const envoy = await startEnvoy(adsBootstrap({ ...node, apiType, xdsAddress: test.xdsAddress }))
    try {
      const stats = await settledStats(envoy)
      const answer = await send({ ...probe, method: 'GET', headers: {} })

      expect([...rejected(stats)]).toEqual([])
      expect(succeeded(stats)).toEqual(['cds', 'eds', 'lds', 'rds'])
      expect(answer.status).toBe(200)
      expect((JSON.parse(answer.body) as Echo).backend).toBe(backend)
      await expectSameVersions(test, envoy, apiType, node.id)
    } finally {
      await envoy.close()
    }
  })
})

test('a NACK of real Envoy is told with its reason by the debug page, and traffic stays', async () => {
  await using test = await startPlane(demoFiles())
  const envoy = await startEnvoy(
    adsBootstrap({ ...gateway, apiType: 'DELTA_GRPC', xdsAddress: test.xdsAddress }),
  )
  // Envoy refuses a listener whose address is taken, which no control plane can know.
  const squatter = await startEcho('squatter', '127.0.1.10', 8_081)
  try {
    await settledStats(envoy)
    test.source.set(
      demoFiles().map((it) => ({
        ...it,
        text: it.text.replace('number: 8080, name: http', 'number: 8081, name: http'),
      })),
    )
    const error = await until('the refusal', async () => {
      const [proxy] = await test.debug<readonly ProxySync[]>('/debug/syncz')
      return proxy?.types.find((it) => it.type_url.endsWith('.Listener'))?.error
    })

    expect(error.message).toContain('127.0.1.10')
    expect(error.message).toMatch(/address already in use/i)
  } finally {
    await envoy.close()
    await stop(squatter)
  }
})

/** Waits until Envoy has an accepted update of each of the four types, or has refused one. */
function settledStats(envoy: RunningEnvoy): Promise<ReadonlyMap<string, string>> {
  return until('an update of every type', async () => {
    const stats = await statsOf(envoy, 'update_(success|rejected)$')
    const done = rejected(stats).size > 0 || succeeded(stats).length === 4
    return done ? stats : undefined
  })
}

const typeForms = {
  cds: /^cluster_manager\.cds\.update_success$/,
  eds: /^cluster\.outbound\|.*\.update_success$/,
  lds: /^listener_manager\.lds\.update_success$/,
  rds: /^http\..*\.rds\..*\.update_success$/,
}

function succeeded(stats: ReadonlyMap<string, string>): string[] {
  return Object.entries(typeForms)
    .filter(([, form]) => [...stats].some(([name, count]) => form.test(name) && Number(count) > 0))
    .map(([type]) => type)
}

function rejected(stats: ReadonlyMap<string, string>): Map<string, string> {
  return new Map(
    [...stats].filter(([name, count]) => name.endsWith('update_rejected') && count !== '0'),
  )
}

interface ProxySync {
  readonly types: readonly {
    readonly type_url: string
    readonly version_acked: string
    readonly error?: { readonly message: string }
  }[]
}

/** Of endpoints Envoy tells only the version of the response, and in its statistics; of all else also each resource's. */
async function expectSameVersions(
  test: TestPlane,
  envoy: RunningEnvoy,
  apiType: 'GRPC' | 'DELTA_GRPC',
  id: string,
): Promise<void> {
  const theirs = versionsOf(JSON.parse(await envoy.admin('/config_dump')))
  const ours = versionsOf(await test.debug(`/debug/config_dump?proxyID=${encodeURIComponent(id)}`))
  const ofEndpoints = await statsOf(envoy, '^cluster\\.outbound.*\\.version_text$')
  const [proxy] = await test.debug<readonly ProxySync[]>('/debug/syncz')
  const acked = proxy?.types.find((it) => it.type_url.endsWith('.ClusterLoadAssignment'))
  const served = [...ours.ofResource].filter(([name]) => !name.startsWith('eds/'))

  expect(theirs.ofType).toEqual(ours.ofType)
  expect(new Set(ofEndpoints.values())).toEqual(new Set([acked?.version_acked]))
  expect(ofEndpoints.size).toBe(ours.ofResource.size - served.length)
  expect([...theirs.ofResource.keys()].sort()).toEqual(served.map(([name]) => name).sort())
  if (apiType === 'DELTA_GRPC') expect(theirs.ofResource).toEqual(new Map(served))
}
