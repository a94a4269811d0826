import { expect, test } from 'vitest'
import { commandsOf } from './reference-cli.ts'
import { istioFieldsPage } from './reference-istio-fields.ts'
import { resourcesPage } from './reference-resources.ts'
import { table } from './reference-table.ts'
import { literalsOf, refusedFieldsOf } from './source-literals.ts'

test('the commands are read from the help, wrapped lines and help itself left out', () => {
  const help = `Usage: x\n\nCommands:\n  serve [options]  run it and\n                   go on\n  check <path...>  look\n  help [command]   this\n\nExit codes:\n  0  done\n`

  expect(commandsOf(help)).toEqual(['serve', 'check'])
  expect(commandsOf('Usage: x\n\nOptions:\n  -h  this\n\nmore\n')).toEqual([])
})

test('the texts of a constant are found behind any type annotation', () => {
  const source = `const other = ['z']\nconst rows: readonly (readonly [a: string, f: (x: X) => boolean])[] = [\n  ['a.b', (it) => it['x'] === 'y'],\n]\nconst set = new Set(['c'])`

  expect(literalsOf(source, 'rows')).toEqual(['a.b', 'x', 'y'])
  expect(literalsOf(source, 'set')).toEqual(['c'])
})

test('a constant that is gone is an error, not an empty row', () => {
  expect(() => literalsOf('const list = []', 'list')).toThrow('expected texts in the constant list')
  expect(() => literalsOf('', 'list')).toThrow('expected a constant list')
})

test('refused fields come from the list and from each call', () => {
  const source = `refuseFields(where, a, names)\nrefuseFields('b', b ?? {}, ['two', 'three'])\nconst unsupported = ['one']`

  expect(refusedFieldsOf(source)).toEqual(['one', 'two', 'three'])
})

test('a bar in a cell does not end it', () => {
  expect(table(['a|b'], [['c']])).toBe('| a\\|b |\n|---|\n| c |')
})

test('the page of fields shows the three fates, and nothing below a field without effect', () => {
  const page = istioFieldsPage()

  expect(page).toContain('| `weight` |')
  expect(page).toMatch(/\| `zoneAwareLbSetting` \| .* \| no effect yet \|/)
  expect(page).toMatch(/\| `tls` \| ServerTLSSettings \| \*\*refused\*\*/)
  expect(page).not.toContain('**ServerTLSSettings**')
  expect(page).not.toContain('**ClientTLSSettings**')
})

test('the page of resources names what is refused, ignored and known', () => {
  const page = resourcesPage()

  expect(page).toContain('`tlsCertificateProviderInstance`')
  expect(page).toContain('`Cluster.health_checks`')
  expect(page).toContain('`override_host.selected_host_key`')
  expect(page).toContain('`envoy.extensions.load_balancing_policies.subset.v3.Subset`')
  expect(page).toContain('`envoy.extensions.clusters.aggregate.v3.ClusterConfig`')
  expect(page).toContain('`envoy.extensions.filters.http.fault.v3.HTTPFault`')
  expect(page).toContain('| `RouteConfiguration` | `vhds`, `clusterSpecifierPlugins`')
})
