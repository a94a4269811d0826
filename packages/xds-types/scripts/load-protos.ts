import { existsSync, globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import protobuf from 'protobufjs'
import { mergeOverlay } from './merge-overlay.ts'

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

/** Every `.proto` file in one tree, the overlay merged into it. */
export function loadProtos(): protobuf.Root {
  const root = loadSources()
  for (const file of globSync('overlay/**/*.proto', { cwd: own }).sort()) {
    const overlay = new protobuf.Root()
    protobuf.parse(readFileSync(join(own, file), 'utf8'), overlay, { keepCase: true })
    mergeOverlay(root, overlay)
  }
  root.resolveAll()
  return root
}

/** The tree without the overlay. */
export function loadSources(): protobuf.Root {
  const root = new protobuf.Root()
  root.resolvePath = (_origin, target) => {
    for (const folder of includes) {
      const file = join(folder, target)
      if (existsSync(file)) return file
    }
    return target
  }
  root.loadSync(sources(), { keepCase: true })
  return root
}
