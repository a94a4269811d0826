import { existsSync, globSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import protobuf from 'protobufjs'

const require = createRequire(import.meta.url)
const deps = join(dirname(require.resolve('@grpc/grpc-js-xds/package.json')), 'deps')
const own = join(import.meta.dirname, '../proto')
const wellKnown = dirname(require.resolve('protobufjs/package.json'))

const includes = [
  own,
  `${deps}/envoy-api`,
  `${deps}/xds`,
  `${deps}/googleapis`,
  `${deps}/protoc-gen-validate`,
  wellKnown,
]

/** The files of the API that we describe, as paths relative to an include folder. */
function sources(): string[] {
  const envoy = globSync('envoy/**/*.proto', { cwd: `${deps}/envoy-api` }).filter(
    (file) => /\/v3\/[^/]+$/.test(file) && !file.startsWith('envoy/annotations/'),
  )
  const xds = globSync(['xds/{core,type}/**/*.proto', 'udpa/type/**/*.proto'], {
    cwd: `${deps}/xds`,
  })
  const mine = globSync('**/*.proto', { cwd: own }).filter((file) => !file.startsWith('overlay/'))
  return [
    ...envoy,
    ...xds,
    ...mine,
    'google/rpc/status.proto',
    'google/rpc/error_details.proto',
  ].sort()
}

/** Parses every `.proto` file into one tree. */
export function loadProtos(): protobuf.Root {
  const root = new protobuf.Root()
  root.resolvePath = (_origin, target) => {
    for (const folder of includes) {
      const file = join(folder, target)
      if (existsSync(file)) return file
    }
    return target
  }
  root.loadSync(sources(), { keepCase: true })
  root.resolveAll()
  return root
}
