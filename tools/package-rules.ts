import { existsSync, globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { type Package, readJson } from './packages.ts'

/** One promise that every package keeps: a complaint, several, or none. */
export type Rule = (it: Package) => readonly string[]

const pureLayers: readonly (string | undefined)[] = ['algorithm', 'wire', 'model']
const importForm =
  /^\s*(?:import|export)\s[^'"]*?from\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm
const usingForm = /^\s*(?:await\s+)?using\s+\w+\s*=/m

/** The rules of `npm run lint`; a new rule is a new line. */
export const rules: readonly Rule[] = [
  ({ layer }) => (layer === undefined ? ['turbo.json names no layer'] : []),
  ({ manifest }) => (manifest.type === 'module' ? [] : ['type must be module']),
  sideEffectsAreNamed,
  ({ manifest }) => (manifest.license === 'Apache-2.0' ? [] : ['license must be Apache-2.0']),
  ({ manifest }) =>
    manifest.engines?.node === '>=22.19' ? [] : ['engines.node must be ">=22.19"'],
  ({ manifest }) => ('.' in (manifest.exports ?? {}) ? [] : ['exports has no "."']),
  ({ manifest, shortName }) =>
    manifest.name === `@meshwright/${shortName}` ? [] : [`name must be @meshwright/${shortName}`],
  ({ folder }) => (existsSync(join(folder, 'README.md')) ? [] : ['no README.md']),
  ({ manifest }) =>
    ['build', 'typecheck', 'pack:check'].flatMap((name) =>
      manifest.scripts?.[name] === undefined ? [`no script ${name}`] : [],
    ),
  algorithmsStandAlone,
  pureLayersSeeNoPlatform,
  declaredAreImported,
]

/** What is imported for what it does is a file of its own, in the sources and as it is built. */
function sideEffectsAreNamed({ folder, manifest: { sideEffects } }: Package): string[] {
  if (sideEffects === false) return []
  if (!Array.isArray(sideEffects))
    return ['sideEffects must be false or name the files that have some']
  const named = new Set<string>(sideEffects)
  return [...named].flatMap((path) => {
    const source = path.replace(/^\.\/dist\/(.*)\.js$/, './src/$1.ts')
    const built = source.replace(/^\.\/src\/(.*)\.ts$/, './dist/$1.js')
    return [
      ...(existsSync(join(folder, source))
        ? []
        : [`sideEffects names ${path}, which is not there`]),
      ...[source, built]
        .filter((each) => !named.has(each))
        .map((each) => `sideEffects names ${path}, but not ${each}`),
    ]
  })
}

function algorithmsStandAlone({ layer, manifest, shortName }: Package): string[] {
  if (layer !== 'algorithm') return []
  // A route's regular expressions come from a peer, and RE2's meaning and linear time need an engine.
  const allowed = shortName === 'route-matcher' ? ['re2js'] : []
  return Object.keys(manifest.dependencies ?? {})
    .filter((name) => !allowed.includes(name) && !name.startsWith('@meshwright/'))
    .map((name) => `an algorithm package may not depend on ${name}`)
}

function pureLayersSeeNoPlatform({ layer, folder }: Package): string[] {
  if (!pureLayers.includes(layer)) return []
  const { compilerOptions = {} } = readJson<{ compilerOptions?: Record<string, unknown> }>(
    join(folder, 'tsconfig.json'),
  )
  return ['types', 'lib', 'skipLibCheck'].flatMap((name) =>
    name in compilerOptions ? [`tsconfig.json may not set ${name} in layer ${layer}`] : [],
  )
}

function declaredAreImported({ folder, manifest }: Package): string[] {
  const declared = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }))
  const imported = new Set([...importedPackages(folder)].filter((name) => name !== manifest.name))
  return [
    ...[...imported]
      .filter((name) => !declared.has(name))
      .map((name) => `imports ${name} without declaring it`),
    ...[...declared]
      .filter((name) => !imported.has(name))
      .map((name) => `declares ${name} without importing it`),
  ]
}

function importedPackages(folder: string): Set<string> {
  const files = globSync(`${folder}/{src,gen}/**/*.{ts,js}`).filter(
    (path) => !/\.(test|bench)\.ts$/.test(path),
  )
  const names = new Set<string>()
  for (const path of files) {
    const text = readFileSync(path, 'utf8')
    for (const [, named, bare, dynamic] of text.matchAll(importForm)) {
      const target = named ?? bare ?? dynamic ?? ''
      if (!target.startsWith('.') && !isBuiltin(target)) names.add(packageOf(target))
    }
    // The compiler turns `using` into calls of helpers that it imports from tslib.
    if (usingForm.test(text)) names.add('tslib')
  }
  return names
}

/** `@scope/name/sub/path` → `@scope/name`. */
function packageOf(specifier: string): string {
  const parts = specifier.split('/')
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}
