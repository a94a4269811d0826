// Writes proto/overlay/** anew: what an Envoy binary knows of the v3 API beyond the files that the
// generator starts from. Run by hand when the overlay is to follow a newer Envoy:
//
//   node scripts/overlay-from-envoy.ts /path/to/envoy
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import protobuf from 'protobufjs'
import { descriptorsInBinary } from './descriptors-in-binary.ts'
import { loadSources } from './load-protos.ts'
import { type FileDescriptor, missingFrom } from './missing-from.ts'

const [binary] = process.argv.slice(2)
if (binary === undefined) throw new Error('usage: overlay-from-envoy.ts ENVOY_BINARY')

const overlay = join(import.meta.dirname, '../proto/overlay')
/** MaxMind: fields that were renumbered since; GeoIP databases are not worth the exception. */
const skipped = /maxmind|annotations/
const wanted = /\/v3\/[^/]+$|^cel\/expr\/[^/]+$|^udpa\/type\//

const root = loadSources()
// The rules' own file is older than one rule of theirs.
const ignoreEmpty = { StringRules: 26, BytesRules: 14, RepeatedRules: 5, MapRules: 6 }
for (const [name, number] of Object.entries(ignoreEmpty)) {
  root
    .lookupType(`validate.${name}`)
    .add(new protobuf.Field('ignore_empty', number, 'bool', 'optional'))
}
// The loaded tree has the rules' extensions, so they come out decoded.
const fileType = root.lookupType('google.protobuf.FileDescriptorProto')
const byPackage = new Map<string, FileDescriptor[]>()
for (const [name, bytes] of descriptorsInBinary(readFileSync(binary))) {
  if (!wanted.test(name) || skipped.test(name)) continue
  const file = fileType.toObject(fileType.decode(bytes), { longs: Number, enums: String })
  const descriptor = file as FileDescriptor
  const members = byPackage.get(descriptor.package) ?? []
  byPackage.set(descriptor.package, [...members, descriptor])
}

rmSync(overlay, { recursive: true, force: true })
for (const [name, files] of byPackage) {
  const text = missingFrom(root, files)
  if (text === '') continue
  protobuf.parse(text, new protobuf.Root())
  const path = join(overlay, `${name.replaceAll('.', '/')}.proto`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
