// Encodes and decodes what istiod sent to a sidecar, all resources of a type in one operation.
//
//   npm run build -w @meshwright/xds-types && npm run bench -w @meshwright/xds-types
import { deepStrictEqual } from 'node:assert'
import { readFileSync } from 'node:fs'
import { messageTypeFor } from '@meshwright/xds-types'
import { loadProtos } from '../scripts/load-protos.ts'
import { medians, report } from './medians.ts'

const recording = new URL('../../../test/fixtures/istiod/ratings-redirect.json', import.meta.url)
const recorded: Record<string, unknown[]> = JSON.parse(readFileSync(recording, 'utf8'))
const typeNames = {
  clusters: 'envoy.config.cluster.v3.Cluster',
  listeners: 'envoy.config.listener.v3.Listener',
  routes: 'envoy.config.route.v3.RouteConfiguration',
}
const protos = loadProtos()

for (const [kind, typeName] of Object.entries(typeNames)) {
  const type = messageTypeFor(typeName)
  const resources = recorded[kind]
  if (type === undefined || resources === undefined) throw new TypeError(`no ${kind} to measure`)
  const reflected = protos.lookupType(typeName)
  const messages = resources.map((json) => type.fromJson(json))
  const bytes = messages.map((message) => type.encode(message))
  const foreign = bytes.map((each) => reflected.decode(each))
  deepStrictEqual(
    foreign.map((each) => reflected.encode(each).finish().length),
    bytes.map(({ length }) => length),
  )

  const encoding = await medians({
    'protobufjs, from messages': () => foreign.map((each) => reflected.encode(each).finish()),
    'encode, from messages': () => messages.map((each) => type.encode(each)),
  })
  report(`${resources.length} ${kind}, encoding`, encoding)
  const decoding = await medians({
    'protobufjs decode': () => bytes.map((each) => reflected.decode(each)),
    decode: () => bytes.map((each) => type.decode(each)),
  })
  report(`${resources.length} ${kind}, decoding`, decoding)
  const checking = await medians({
    validate: () => messages.map((each) => type.validate(each)),
    'validate, into Anys': () => messages.map((each) => type.validate(each, { intoAny: true })),
  })
  report(`${resources.length} ${kind}, checking`, checking)
}
