import { ConfigDump } from '@meshwright/xds-types/envoy/admin/v3'
import { expect, test } from 'vitest'
import { adsBootstrap } from '../support/ads-bootstrap.ts'
import { until } from '../support/until.ts'
import { startEnvoy, statsOf } from './support/envoy.ts'
import { demoFiles, istiodFiles, startPlane } from './support/plane.ts'

const nodes = [
  {
    id: 'sidecar~127.0.1.5~reviews-v3.default~default.svc.cluster.local',
    labels: { app: 'reviews', version: 'v3' },
  },
  {
    id: 'router~127.0.1.10~ingress.default~default.svc.cluster.local',
    labels: { app: 'ingress', istio: 'ingressgateway' },
  },
]

test.each([
  ['the demo', demoFiles],
  ['istiod’s configuration', istiodFiles],
] as const)(
  'everything in the config dump of real Envoy with %s is known, to the last Any',
  async (_, files) => {
    await using test = await startPlane(files())
    for (const node of nodes) {
      const envoy = await startEnvoy(
        adsBootstrap({ ...node, apiType: 'GRPC', xdsAddress: test.xdsAddress }),
      )
      try {
        await until('listeners', async () => {
          const stats = await statsOf(envoy, '^listener_manager.lds.update_success$')
          return stats.get('listener_manager.lds.update_success') === '1' ? true : undefined
        })
        const dump: unknown = JSON.parse(await envoy.admin('/config_dump?include_eds'))
        const message = ConfigDump.fromJson(dump as never, {
          unknownFields: 'refuse',
          unknownTypes: 'refuse',
        })

        expect(message.configs?.length).toBeGreaterThanOrEqual(4)
        expect(
          ConfigDump.toJson(ConfigDump.decode(ConfigDump.encode(message)), { fieldNames: 'proto' }),
        ).toEqual(dump)
      } finally {
        await envoy.close()
      }
    }
  },
)

test('the check would notice a field that is not known', () => {
  const dump = {
    configs: [
      { '@type': 'type.googleapis.com/envoy.admin.v3.ClustersConfigDump', no_such_field: 1 },
    ],
  }

  expect(() => ConfigDump.fromJson(dump as never)).toThrow(/no_such_field/)
})
