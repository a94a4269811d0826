import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { chunksOf, emitChunks } from './chunks.ts'
import { packageOf } from './describe.ts'
import { emitPackage } from './emit-types.ts'
import { loadProtos } from './load-protos.ts'
import { describeReachable } from './reachable.ts'

const output = join(import.meta.dirname, '../gen')
// Written beside and put in place at the end, so that whoever imports it never finds half of it.
const fresh = `${output}.fresh`
const stale = `${output}.stale`

const root = loadProtos()
const types = describeReachable(root)
for (const folder of [fresh, stale]) rmSync(folder, { recursive: true, force: true })

const byPackage = Map.groupBy(types, packageOf)
for (const [name, members] of byPackage) {
  const { js, dts } = emitPackage(name, members)
  const path = name.replaceAll('.', '/')
  write(`${path}.js`, js)
  write(`${path}.d.ts`, dts)
}

write('descriptors.js', emitChunks(chunksOf(types)))
write(
  'descriptors.d.ts',
  `type Chunks = { readonly [chunk: string]: string }
export declare const descriptors: Chunks
export declare const rules: Chunks
`,
)
if (existsSync(output)) renameSync(output, stale)
renameSync(fresh, output)
rmSync(stale, { recursive: true, force: true })
console.log(`${types.length} types in ${byPackage.size} packages`)

function write(path: string, text: string): void {
  const file = join(fresh, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
