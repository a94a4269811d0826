import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { rules } from './package-rules.ts'
import type { Manifest, Package } from './packages.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const manifest: Manifest = {
  name: '@meshwright/sound',
  version: '0.1.0',
  type: 'module',
  sideEffects: false,
  license: 'Apache-2.0',
  engines: { node: '>=22.19' },
  exports: { '.': {} },
  scripts: { build: 'x', typecheck: 'x', 'pack:check': 'x' },
}

function packageWith(source: string, changes: Partial<Manifest> = {}, tsconfig = {}): Package {
  const folder = mkdtempSync(join(tmpdir(), 'rules-'))
  folders.push(folder)
  mkdirSync(join(folder, 'src'))
  writeFileSync(join(folder, 'README.md'), '# sound\n')
  writeFileSync(join(folder, 'src/index.ts'), source)
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: tsconfig }))
  return { folder, shortName: 'sound', layer: 'algorithm', manifest: { ...manifest, ...changes } }
}

const complaintsOf = (it: Package) => rules.flatMap((rule) => rule(it))

test('a sound package draws no complaint', () => {
  expect(complaintsOf(packageWith('export const one = 1\n'))).toEqual([])
})

test('files with side effects are named, as sources and as they are built', () => {
  const withEffects = (sideEffects: NonNullable<Manifest['sideEffects']>) =>
    complaintsOf(packageWith('', { sideEffects }))

  expect(withEffects(['./src/index.ts', './dist/index.js'])).toEqual([])
  expect(withEffects(['./dist/index.js'])).toEqual([
    'sideEffects names ./dist/index.js, but not ./src/index.ts',
  ])
  expect(withEffects(['./src/gone.ts', './dist/gone.js'])).toEqual([
    'sideEffects names ./src/gone.ts, which is not there',
    'sideEffects names ./dist/gone.js, which is not there',
  ])
  expect(withEffects(true)).toEqual(['sideEffects must be false or name the files that have some'])
})

test('an import that is not declared is named', () => {
  expect(complaintsOf(packageWith("import { a } from '@meshwright/other/sub'\n"))).toEqual([
    'imports @meshwright/other without declaring it',
  ])
})

test('a dependency that is not imported is named', () => {
  const it = packageWith('', { dependencies: { '@meshwright/other': '^0.1.0' } })

  expect(complaintsOf(it)).toEqual(['declares @meshwright/other without importing it'])
})

test('using needs tslib, because its helpers come from there', () => {
  const it = packageWith('{\n  using file = open()\n}\n')

  expect(complaintsOf(it)).toEqual(['imports tslib without declaring it'])
})

test('an algorithm package may depend on nothing outside the repository', () => {
  const it = packageWith("import 'lodash'\n", { dependencies: { lodash: '^4' } })

  expect(complaintsOf(it)).toEqual(['an algorithm package may not depend on lodash'])
})

test('a pure layer may not widen what its compiler sees', () => {
  expect(complaintsOf(packageWith('', {}, { types: ['node'] }))).toEqual([
    'tsconfig.json may not set types in layer algorithm',
  ])
})
