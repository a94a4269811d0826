import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Cluster } from '@meshwright/xds-types/envoy/config/cluster/v3'
import { ClusterLoadAssignment } from '@meshwright/xds-types/envoy/config/endpoint/v3'
import { Listener } from '@meshwright/xds-types/envoy/config/listener/v3'
import { RouteConfiguration } from '@meshwright/xds-types/envoy/config/route/v3'
import { describe, expect, test } from 'vitest'
import { type AnyJson, type AnyMessageType, findUnknown, openTypedStruct } from '../src/index.ts'

const types: Readonly<Record<string, AnyMessageType>> = {
  clusters: Cluster,
  endpoints: ClusterLoadAssignment,
  listeners: Listener,
  routes: RouteConfiguration,
}
/** What istiod sends to gRPC clients is not what Envoy would take. */
const forGrpc = [{ path: 'api_listener.api_listener.stat_prefix', message: 'must not be empty' }]
const folder = join(import.meta.dirname, '../../../test/fixtures/istiod')
const recordings = readdirSync(folder).filter((file) => file.endsWith('.json'))

describe.each(recordings)('what istiod sent in %s', (file) => {
  const lists: Record<string, Record<string, unknown>[]> = JSON.parse(
    readFileSync(join(folder, file), 'utf8'),
  )

  test.each(Object.keys(lists))(
    '%s are known to the last field, and survive both forms',
    (kind) => {
      const type = types[kind]
      const resources = lists[kind]
      if (type === undefined || resources === undefined) throw new Error(`no type for ${kind}`)

      for (const json of resources) {
        expect(findUnknown(type, json)).toEqual([])
        for (const any of typedStructsIn(json)) {
          expect(openTypedStruct(any)['@type']).toBe(any['typeUrl'])
        }

        const bytes = type.encode(type.fromJson(json))
        const message = type.decode(bytes, { unknownFields: 'refuse' })
        const snake = type.toJson(message, { fieldNames: 'proto' })

        expect(type.toJson(message)).toEqual(json)
        expect(type.encode(type.fromJson(snake))).toEqual(bytes)
        expect(type.validate(message, { intoAny: true })).toEqual(
          file === 'grpc.json' ? forGrpc : [],
        )
        expect(type.encode(message)).toEqual(bytes)
      }
    },
  )
})

/** Every TypedStruct at any depth of a resource. */
function typedStructsIn(json: unknown): AnyJson[] {
  if (typeof json !== 'object' || json === null) return []
  const inner = Object.values(json).flatMap(typedStructsIn)
  const isOne = '@type' in json && String(json['@type']).endsWith('.TypedStruct')
  return isOne ? [json as AnyJson, ...inner] : inner
}
