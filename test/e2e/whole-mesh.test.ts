import { expect, test } from 'vitest'
import type { ApiType } from '../support/ads-bootstrap.ts'
import { until } from '../support/until.ts'
import { startApp } from './support/app.ts'
import {
  documents,
  gateway,
  hostOf,
  meshConfig,
  routes,
  service,
  sidecar,
} from './support/documents.ts'
import { freePorts } from './support/free-port.ts'
import { call } from './support/http.ts'
import { Mesh } from './support/mesh.ts'

const address = '127.0.3.1'

test.each<[ApiType]>([['DELTA_GRPC'], ['GRPC']])(
  'a request passes a gateway and two sidecars to the last program, under one request id (%s)',
  async (apiType) => {
    const [door = 0, frontIn = 0, frontOut = 0, backIn = 0] = await freePorts(address, 4)
    await using back = await startApp('back', (request, response) => {
      response.setHeader('x-seen-id', String(request.headers['x-request-id']))
      response.end(`back ${request.url}`)
    })
    await using front = await startApp('front', async (request, response) => {
      const id = String(request.headers['x-request-id'])
      const answer = await call({
        ...{ address, port: frontOut, host: hostOf('back') },
        path: `http://${hostOf('back')}/from-front`,
        headers: { 'x-request-id': id },
      })
      response.setHeader('x-seen-id', String(answer.headers['x-seen-id']))
      response.end(`front, ${answer.body}`)
    })
    await using mesh = await Mesh.start(
      documents(
        meshConfig,
        gateway(address, door),
        routes('shop.example', [{ route: [{ destination: { host: hostOf('front') } }] }], ['door']),
        service('front', [{ address, port: frontIn }]),
        service('back', [{ address, port: backIn }]),
        sidecar('front', { bind: address, inbound: frontIn, app: front.port, egress: frontOut }),
        sidecar('back', { bind: address, inbound: backIn, app: back.port }),
      ),
    )
    const ids = {
      gateway: `router~${address}~gateway.default~default.svc.cluster.local`,
      front: `sidecar~${address}~front.default~default.svc.cluster.local`,
      back: `sidecar~${address}~back.default~default.svc.cluster.local`,
    }
    for (const [app, id] of Object.entries(ids)) {
      await mesh.proxy({ id, labels: { app }, apiType })
    }

    const sent = 20
    const requestIds = new Set<string>()
    for (let i = 0; i < sent; i++) {
      const answer = await call({ address, port: door, host: 'shop.example' })
      expect(answer).toMatchObject({ status: 200, body: 'front, back /from-front' })
      requestIds.add(String(answer.headers['x-seen-id']))
    }

    expect(requestIds.size).toBe(sent)
    expect([front.requests, back.requests]).toEqual([sent, sent])
    const logged = (id: string) => mesh.accessLog.get(id) ?? []
    await until('the access logs', () => {
      const counts = Object.values(ids).map((id) => logged(id).length)
      return counts.join() === [sent, 2 * sent, sent].join()
    })
    for (const id of requestIds) {
      const hops = Object.values(ids).map(
        (it) => logged(it).filter((line) => line['request_id'] === id).length,
      )
      expect(hops).toEqual([1, 2, 1])
    }
    for (const { types } of mesh.plane.clients()) {
      for (const { rejection } of types) expect(rejection).toBeUndefined()
    }
  },
)
