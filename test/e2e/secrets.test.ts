import { readFileSync } from 'node:fs'
import { connect } from 'node:tls'
import { startProxy } from '@meshwright/mini-proxy'
import { parseBootstrap } from '@meshwright/xds-client'
import { createXdsServer, type ResourceSet } from '@meshwright/xds-server'
import { expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { startApp } from './support/app.ts'
import { Disposals } from './support/disposals.ts'
import { bootstrapFor } from './support/mesh.ts'
import { edsCluster, endpointsOf, httpListener, routesTo, tls } from './support/resources.ts'

const certificates = new URL('../../packages/mini-proxy/test/fixtures/tls/', import.meta.url)
const pem = (name: string): string => readFileSync(new URL(`${name}.pem`, certificates), 'utf8')

const secretType = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret'

/** The secrets of a workload, with the certificate of this name. */
function secretsOf(name: string): NonNullable<ResourceSet['others']> {
  const certificateChain = { inlineString: pem(name) }
  const privateKey = { inlineString: pem(`${name}-key`) }
  const own = { name: 'default', tlsCertificate: { certificateChain, privateKey } }
  const trustedCa = { inlineString: pem('ca') }
  const secrets = [own, { name: 'roots', validationContext: { trustedCa } }]
  return new Map([[secretType, new Map(secrets.map((it) => [it.name, it]))]])
}

/** Whom a client talks to; undefined if it is turned away. */
function subjectAt(port: number): Promise<string | undefined> {
  const identity = { cert: pem('client'), key: pem('client-key'), rejectUnauthorized: false }
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', ...identity })
    socket.once('secureConnect', () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.once('error', () => resolve(undefined))
  })
}

test.each(['GRPC', 'DELTA_GRPC'] as const)(
  'over %s a listener begins with its secrets, and takes new ones as they come',
  {
    timeout: 60_000,
  },
  async (apiType) => {
    await using stack = new Disposals()
    const app = stack.use(await startApp('app'))
    const sdsConfig = { ads: {}, resourceApiVersion: 'V3' }
    const transportSocket = tls('Downstream', {
      requireClientCertificate: true,
      commonTlsContext: {
        tlsCertificateSdsSecretConfigs: [{ name: 'default', sdsConfig }],
        validationContextSdsSecretConfig: { name: 'roots', sdsConfig },
      },
    })
    const plain = httpListener('in', 'main')
    const filterChains = (plain.filterChains ?? []).map((it) => ({ ...it, transportSocket }))
    let name = 'server'
    const server = createXdsServer({
      resourcesFor: () => ({
        listeners: [{ ...plain, filterChains }],
        routes: [routesTo('main', 'app')],
        clusters: [edsCluster('app')],
        endpoints: [endpointsOf('app', app.port)],
        others: secretsOf(name),
      }),
    })
    stack.defer(() => server.close())
    const who = { id: 'sidecar~127.0.0.1~a.default~default.svc.cluster.local', labels: {}, apiType }
    const address = await server.listen({ port: 0 })
    const running = await startProxy({ bootstrap: parseBootstrap(bootstrapFor(who, address)) })
    stack.defer(() => running.close())
    await running.ready
    const { port = 0 } = running.proxy.listeners.get('in') ?? {}

    expect(await subjectAt(port)).toBe('server')
    name = 'spoofer'
    server.push('test')
    await until('the new certificate', async () => (await subjectAt(port)) === 'spoofer')

    const admin = `http://127.0.0.1:${running.admin?.port}`
    const dump = await (await fetch(`${admin}/config_dump?include_eds`)).text()
    expect(dump).toContain('tls_certificate_sds_secret_configs')
    expect(dump).not.toContain('PRIVATE KEY')
  },
)
