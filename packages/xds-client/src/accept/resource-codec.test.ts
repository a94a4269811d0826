import { expect, test } from 'vitest'
import { rdsListener, staticCluster } from '../../test/resources.ts'
import { resourceCodecs } from './resource-codec.ts'

const { cds, lds } = resourceCodecs

test('a sound resource is read as it was written', () => {
  const cluster = staticCluster('a', 80)
  expect(cds.read(cds.write(cluster))).toEqual({ name: 'a', json: cluster, unknown: undefined })
})

test('a field that the type does not have is dropped and told', () => {
  const bytes = cds.write(staticCluster('a', 80))
  // Field 9999, a varint.
  const longer = Uint8Array.of(...bytes, 0xf8, 0xf0, 0x04, 0x01)

  const reading = cds.read(longer)
  expect(reading).toMatchObject({ name: 'a', json: staticCluster('a', 80) })
  expect('unknown' in reading && reading.unknown).toContain('Cluster')
})

test('faults carry the path, also inside of an Any', () => {
  const listener = JSON.parse(
    JSON.stringify(rdsListener('l', 'r')).replace('"statPrefix":"l"', '"statPrefix":""'),
  )

  const reading = lds.read(lds.write(listener))
  expect('fault' in reading && reading.fault).toMatch(/filters\[0\]\.typed_config.*stat_prefix/)
})

test('endpoints and routes that do not come over ADS are refused', () => {
  const eds = { name: 'a', type: 'EDS', edsClusterConfig: { edsConfig: { path: '/x' } } } as const
  expect(cds.read(cds.write(eds))).toMatchObject({
    name: 'a',
    fault: 'eds_cluster_config.eds_config: expected ads or self, got path',
  })
  const listener = JSON.parse(
    JSON.stringify(rdsListener('l', 'r')).replace('"ads":{}', '"path":"/x"'),
  )
  expect(lds.read(lds.write(listener))).toMatchObject({
    name: 'l',
    fault: 'rds "r": config_source: expected ads or self, got path',
  })
})

test('a resource without a name is refused', () => {
  expect('fault' in cds.read(new Uint8Array())).toBe(true)
})
