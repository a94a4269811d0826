import type { Server } from 'node:http'
import type { SourceFile } from '@meshwright/mesh-config'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adsBootstrap } from '../support/ads-bootstrap.ts'
import { until } from '../support/until.ts'
import { startEcho, stop } from './support/echo.ts'
import { startEnvoy, statsOf } from './support/envoy.ts'
import { demoFiles, startPlane } from './support/plane.ts'
import { send } from './support/send.ts'

const gateway = {
  id: 'router~127.0.1.10~ingress.default~default.svc.cluster.local',
  labels: { app: 'ingress' },
}
const edits = 20

/** Everything goes to productpage by a subset whose name, and so the name of its cluster, is new with every edit. */
function filesWithSubset(name: string): SourceFile[] {
  const rule = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: productpage, namespace: default }
spec:
  host: productpage
  subsets: [{ name: ${name}, labels: { version: v1 } }]
`
  return [
    ...demoFiles().map((it) => ({
      ...it,
      text: it.text.replace('host: productpage }', `host: productpage, subset: ${name} }`),
    })),
    { path: 'productpage.yaml', text: rule },
  ]
}

let backend: Server
beforeAll(async () => {
  backend = await startEcho('productpage', '127.0.1.1', 9_080)
})
afterAll(() => stop(backend))

test.each(['GRPC', 'DELTA_GRPC'] as const)(
  'clusters and the routes to them are replaced under load without a failed request, over %s',
  async (apiType) => {
    await using test = await startPlane(filesWithSubset('s0'))
    const envoy = await startEnvoy(
      adsBootstrap({ ...gateway, apiType, xdsAddress: test.xdsAddress }),
    )
    try {
      const ask = () =>
        send({
          address: '127.0.1.10',
          port: 8_080,
          url: 'http://bookinfo.example.org/productpage',
          method: 'GET',
          headers: {},
        }).then((it) => it.status, String)
      await until('traffic', async () => ((await ask()) === 200 ? true : undefined))
      const answers = new Map<number | string, number>()
      let loading = true
      const load = async (): Promise<void> => {
        while (loading) {
          const answer = await ask()
          answers.set(answer, (answers.get(answer) ?? 0) + 1)
        }
      }
      const loads = Array.from({ length: 8 }, load)
      for (let edit = 1; edit <= edits; edit++) {
        test.source.set(filesWithSubset(`s${edit}`))
        const name = `cluster.outbound|9080|s${edit}|productpage.default.svc.cluster.local.upstream_rq_total`
        await until('traffic by the new cluster', async () => {
          const stats = await statsOf(envoy, `s${edit}.*upstream_rq_total$`)
          return Number(stats.get(name) ?? 0) > 0 ? true : undefined
        })
      }
      loading = false
      await Promise.all(loads)

      console.log(`${apiType}: ${edits} edits, answers ${JSON.stringify([...answers])}`)
      expect([...answers.keys()]).toEqual([200])
      expect(answers.get(200)).toBeGreaterThan(edits * 8)
    } finally {
      await envoy.close()
    }
  },
)
