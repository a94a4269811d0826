import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigDump } from '@meshwright/xds-types/envoy/admin/v3'
import { expect, test } from 'vitest'
import { findUnknown } from '../src/index.ts'

const file = join(import.meta.dirname, 'recordings/config-dump.golden.json')
const dump = JSON.parse(readFileSync(file, 'utf8'))

test('the config_dump of Envoy 1.40 holds nothing unknown, in any Any', () => {
  expect(findUnknown(ConfigDump, dump)).toEqual([])
})

test('the config_dump of Envoy 1.40 survives the wire, in its own spelling', () => {
  const message = ConfigDump.decode(ConfigDump.encodeJson(dump), { unknownFields: 'refuse' })

  expect(ConfigDump.toJson(message, { fieldNames: 'proto', unknownFields: 'refuse' })).toEqual(dump)
})
