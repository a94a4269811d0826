import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { formatDiagnostic, readConfig } from '../src/index.ts'

const folder = new URL('../../../test/fixtures/istiod/', import.meta.url)
const fixture = (name: string) => ({
  path: name,
  text: readFileSync(new URL(name, folder), 'utf8'),
})
const files = [fixture('config.yaml'), fixture('mesh.yaml')]

test('refuses the configuration that istiod was recorded with only for what protects', () => {
  const { snapshot, diagnostics } = readConfig(files)

  expect(snapshot).toBeUndefined()
  expect(diagnostics.map(formatDiagnostic)).toEqual([
    'config.yaml:173:7: error: PeerAuthentication asks for protection that is not enforced yet (at kind) [ERR_CONFIG_NOT_ENFORCED]',
    'config.yaml:178:7: error: AuthorizationPolicy asks for protection that is not enforced yet (at kind) [ERR_CONFIG_NOT_ENFORCED]',
  ])
})

test('reads the rest of that configuration without a word', () => {
  const [config, mesh] = files
  const documents = (config?.text ?? '').split('\n---\n')
  const rest = documents.filter((text) => !text.includes('security.istio.io')).join('\n---\n')

  const { snapshot, diagnostics } = readConfig([
    { path: 'config.yaml', text: rest },
    { path: 'mesh.yaml', text: mesh?.text ?? '' },
  ])

  expect(diagnostics.map(formatDiagnostic)).toEqual([])
  expect(snapshot?.mesh.accessLogFile).toBe('/dev/stdout')
  expect(snapshot?.services.map(({ hostname }) => hostname)).toEqual([
    'details.default.svc.cluster.local',
    'greeter.default.svc.cluster.local',
    'httpbin.external.test',
    'productpage.default.svc.cluster.local',
    'ratings.default.svc.cluster.local',
    'reviews.default.svc.cluster.local',
  ])
  expect(snapshot?.virtualServices.map(({ metadata }) => metadata.name)).toEqual([
    'bookinfo',
    'mysql',
    'reviews',
  ])
})
