import { readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { SourceFile } from '@meshwright/mesh-config'
import { MeshTestError } from './errors.ts'

/** More is no configuration of a mesh. */
const maxFiles = 10_000

/**
 * Reads files, and the `.yaml`, `.yml` and `.json` files of directories and the folders in them, in
 * order of their paths. What begins with a dot is left out.
 *
 * @throws {MeshTestError} if one cannot be read, or a directory has none.
 */
export async function readSourceFiles(paths: readonly string[]): Promise<readonly SourceFile[]> {
  const found = await Promise.all(paths.map(filesAt))
  // Whoever names a directory and a file in it means the file once.
  const distinct = new Map<string, string>()
  for (const path of found.flat()) {
    const place = resolve(path)
    if (!distinct.has(place)) distinct.set(place, path)
  }
  return await Promise.all(
    [...distinct.values()].map(async (path) => ({
      path,
      text: await reading(path, readFile(path, 'utf8')),
    })),
  )
}

async function filesAt(path: string): Promise<readonly string[]> {
  const { isDirectory } = await reading(path, entryAt(path))
  if (!isDirectory) return [path]
  const names = await reading(path, readdir(path, { recursive: true }))
  const files = names.filter(isConfiguration).sort()
  if (files.length === 0) {
    throw new MeshTestError(`expected .yaml, .yml or .json files in ${path}, got none`, {
      code: 'ERR_MESH_TEST_READ',
    })
  }
  if (files.length > maxFiles) {
    throw new MeshTestError(`expected at most ${maxFiles} files in ${path}, got ${files.length}`, {
      code: 'ERR_MESH_TEST_READ',
    })
  }
  return files.map((name) => join(path, name))
}

async function entryAt(path: string): Promise<{ readonly isDirectory: boolean }> {
  const stats = await stat(path)
  return { isDirectory: stats.isDirectory() }
}

function isConfiguration(name: string): boolean {
  return /\.(?:ya?ml|json)$/.test(name) && !/(?:^|[/\\])\./.test(name)
}

async function reading<T>(path: string, result: Promise<T>): Promise<T> {
  try {
    return await result
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new MeshTestError(`cannot read ${path}: ${reason}`, {
      code: 'ERR_MESH_TEST_READ',
      cause: error,
    })
  }
}
