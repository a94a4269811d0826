import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** The fields of a package.json that the repository's checks look at. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly type?: string
  readonly sideEffects?: boolean | readonly string[]
  readonly license?: string
  readonly engines?: { readonly node?: string }
  readonly exports?: Record<string, unknown>
  readonly bin?: Record<string, string>
  readonly scripts?: Record<string, string>
  readonly dependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
}

/** The layer of a package, as its turbo.json names it. */
export type Layer = 'algorithm' | 'wire' | 'model' | 'server' | 'dataplane' | 'app'

/** One folder of `packages/`. */
export interface Package {
  readonly folder: string
  readonly shortName: string
  readonly layer: Layer | undefined
  readonly manifest: Manifest
}

/** Every package in `packages/`, by name. */
export function readPackages(root = '.'): Package[] {
  return globSync('packages/*/package.json', { cwd: root })
    .sort()
    .map((path) => {
      const folder = join(root, dirname(path))
      return {
        folder,
        shortName: basename(folder),
        layer: readJson<{ tags?: Layer[] }>(join(folder, 'turbo.json')).tags?.[0],
        manifest: readJson<Manifest>(join(folder, 'package.json')),
      }
    })
}

/** Parses a JSON file; the caller vouches for its shape. */
export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T
}
