import { describe, expect, test } from 'vitest'
import { CompileError, type NodeJson, proxyFromNode } from '../src/index.ts'

const id = 'sidecar~10.0.0.1~reviews-v1.shop~shop.svc.cluster.local'

function fault(node: NodeJson): unknown {
  try {
    return proxyFromNode(node)
  } catch (error) {
    if (error instanceof CompileError) return [error.code, error.got]
    throw error
  }
}

describe('proxyFromNode', () => {
  test('reads who the proxy is from its id and metadata', () => {
    const proxy = proxyFromNode({
      id,
      metadata: {
        NAMESPACE: 'prod',
        LABELS: { app: 'reviews' },
        INSTANCE_IPS: '10.0.0.1, fd00::1',
        INTERCEPTION_MODE: 'NONE',
      },
      locality: { region: 'eu', zone: 'a' },
    })

    expect(proxy).toMatchObject({
      kind: 'sidecar',
      ipAddresses: ['10.0.0.1', 'fd00::1'],
      id: 'reviews-v1.shop',
      namespace: 'prod',
      domain: 'shop.svc.cluster.local',
      labels: { app: 'reviews' },
      client: 'envoy',
      interceptionMode: 'NONE',
      locality: { region: 'eu', zone: 'a', subZone: '' },
    })
  })

  test('takes the namespace from the domain, or from the id', () => {
    expect(proxyFromNode({ id })).toMatchObject({ namespace: 'shop' })
    expect(proxyFromNode({ id })).not.toHaveProperty('interceptionMode')
    expect(proxyFromNode({ id: 'router~1.2.3.4~gw.edge~mesh.internal' })).toMatchObject({
      kind: 'router',
      namespace: 'edge',
    })
  })

  test('tells the three kinds of client apart', () => {
    expect(proxyFromNode({ id, metadata: { GENERATOR: 'grpc' } }).client).toBe('grpc')
    expect(proxyFromNode({ id, userAgentName: 'meshwright' }).client).toBe('meshwright')
    expect(proxyFromNode({ id, userAgentName: 'envoy' }).client).toBe('envoy')
  })

  test.each([
    [{}, ['ERR_COMPILER_NODE_ID', 'nothing']],
    [{ id: 'waypoint~1.1.1.1~a~b' }, ['ERR_COMPILER_NODE_ID', '"waypoint~1.1.1.1~a~b"']],
    [{ id: 'sidecar~1.1.1.1~a' }, ['ERR_COMPILER_NODE_ID', '"sidecar~1.1.1.1~a"']],
    [{ id: `${id}~more` }, ['ERR_COMPILER_NODE_ID', `"${id}~more"`]],
    [{ id, metadata: [] }, ['ERR_COMPILER_NODE_METADATA', '[]']],
    [{ id, metadata: { LABELS: { app: 1 } } }, ['ERR_COMPILER_NODE_METADATA', '1']],
    [{ id, metadata: { INTERCEPTION_MODE: 'X' } }, ['ERR_COMPILER_NODE_METADATA', '"X"']],
  ])('refuses %j', (node, expected) => {
    expect(fault(node)).toEqual(expected)
  })
})
