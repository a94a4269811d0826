// Packs every package, installs each tarball alone into an empty folder outside the workspace, imports it under Node and
// type-checks a program that uses it. What only works inside the monorepo fails here.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Package, readPackages } from './packages.ts'

const packages = readPackages()
const tsc = resolve('node_modules/typescript/bin/tsc')
const work = mkdtempSync(join(tmpdir(), 'meshwright-packed-'))
try {
  const tarballs = join(work, 'tarballs')
  mkdirSync(tarballs)
  npm([
    'pack',
    '--silent',
    '--pack-destination',
    tarballs,
    ...packages.map((it) => it.folder).map((f) => `./${f}`),
  ])
  const byName = new Map(packages.map((it) => [it.manifest.name, tarballOf(it, tarballs)]))
  for (const it of packages) {
    checkAlone(it, byName)
    console.log(`${it.manifest.name} installs, imports and type-checks alone`)
  }
  console.log(`${packages.length} passed, 0 failed`)
} finally {
  rmSync(work, { recursive: true, force: true })
}

function checkAlone(it: Package, tarballs: ReadonlyMap<string, string>): void {
  const folder = join(work, it.shortName)
  mkdirSync(folder)
  const needed = [...workspaceClosure(it)].map((name) => [name, `file:${tarballs.get(name)}`])
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({
      private: true,
      type: 'module',
      dependencies: { [it.manifest.name]: `file:${tarballs.get(it.manifest.name)}` },
      overrides: Object.fromEntries(needed),
    }),
  )
  npm(
    ['install', '--silent', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'],
    folder,
  )
  const program = `import * as it from '${it.manifest.name}'\nif (Object.keys(it).length === 0) throw new Error('exports nothing')\n`
  writeFileSync(join(folder, 'use.mjs'), program)
  execFileSync(process.execPath, ['use.mjs'], { cwd: folder, stdio: 'inherit' })
  writeFileSync(join(folder, 'use.mts'), program)
  execFileSync(
    process.execPath,
    [
      tsc,
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--lib',
      'es2024,esnext.disposable',
      '--types',
      'node',
      '--typeRoots',
      resolve('node_modules/@types'),
      'use.mts',
    ],
    { cwd: folder, stdio: 'inherit' },
  )
}

/** The workspace packages that one needs at run time, itself left out. */
function workspaceClosure(it: Package, seen = new Set<string>()): Set<string> {
  for (const name of Object.keys(it.manifest.dependencies ?? {})) {
    const needed = packages.find((other) => other.manifest.name === name)
    if (needed === undefined || seen.has(name)) continue
    seen.add(name)
    workspaceClosure(needed, seen)
  }
  return seen
}

function tarballOf(it: Package, folder: string): string {
  const name = `meshwright-${it.shortName}-${it.manifest.version}.tgz`
  if (!readdirSync(folder).includes(name)) throw new Error(`npm pack made no ${name}`)
  return join(folder, name)
}

function npm(args: readonly string[], cwd = '.'): void {
  execFileSync('npm', args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
}
