import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { SourceFile } from '@meshwright/mesh-config'
import { ControlPlaneError } from './errors.ts'

/** A file as the file system tells of it. */
export interface FoundFile {
  readonly path: string
  /** Changes whenever the file does: when and where it was written, and how long it is. */
  readonly stamp: string
  readonly bytes: number
}

const extensions = /\.(?:ya?ml|json)$/
const maxFiles = 20_000
const maxBytes = 268_435_456
const maxDepth = 16

/**
 * The configuration files below a directory, sorted by path.
 *
 * Names that begin with a dot are left out: editors keep copies there, and Kubernetes the
 * generations of a ConfigMap, to which the visible names are links. Links are followed.
 *
 * @throws the error of the file system, or a {@link ControlPlaneError} at a limit
 */
export async function findFiles(directory: string): Promise<readonly FoundFile[]> {
  const found = await filesBelow(directory, 0)
  const bytes = found.reduce((sum, file) => sum + file.bytes, 0)
  if (found.length > maxFiles || bytes > maxBytes) {
    throw sourceError(
      `expected at most ${maxFiles} files and ${maxBytes} bytes in ${directory}, got ${found.length} and ${bytes}`,
    )
  }
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

/** Reads files. Rejects with the error of the file system, or if one is not UTF-8. */
export async function readFiles(found: readonly FoundFile[]): Promise<readonly SourceFile[]> {
  const files: SourceFile[] = []
  for (const { path } of found) files.push({ path, text: decode(path, await readFile(path)) })
  return files
}

/** Whether two listings tell of the same files in the same state. */
export function sameFiles(a: readonly FoundFile[], b: readonly FoundFile[]): boolean {
  return (
    a.length === b.length &&
    a.every((file, i) => file.path === b[i]?.path && file.stamp === b[i]?.stamp)
  )
}

/** A fault of a source, in words. */
export function sourceError(message: string, cause?: unknown): ControlPlaneError {
  return new ControlPlaneError(message, { code: 'ERR_CONTROL_PLANE_SOURCE', cause })
}

async function filesBelow(directory: string, depth: number): Promise<FoundFile[]> {
  if (depth > maxDepth)
    throw sourceError(`expected at most ${maxDepth} levels of folders, got more at ${directory}`)
  const found: FoundFile[] = []
  for (const name of await readdir(directory)) {
    if (name.startsWith('.')) continue
    const path = join(directory, name)
    const stats = await stat(path, { bigint: true })
    if (stats.isDirectory()) found.push(...(await filesBelow(path, depth + 1)))
    else if (extensions.test(name) && stats.isFile()) {
      const stamp = `${stats.dev} ${stats.ino} ${stats.mtimeNs} ${stats.ctimeNs} ${stats.size}`
      found.push({ path, stamp, bytes: Number(stats.size) })
    }
  }
  return found
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw sourceError(`expected UTF-8 in ${path}`, cause)
  }
}
