import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type ReadResult, readConfig, type SourceFile } from '@meshwright/mesh-config'
import { CommandError } from '../command-error.ts'

/**
 * Reads the configuration in files and directories, as the control plane would.
 *
 * @throws {CommandError} if one cannot be read, or a directory has no configuration in it.
 */
export async function readMesh(paths: readonly string[]): Promise<ReadResult> {
  const files = await Promise.all(paths.map(filesAt))
  return readConfig(distinct(files.flat()))
}

/** Whoever names a directory and a file in it means the file once. */
function distinct(files: readonly SourceFile[]): readonly SourceFile[] {
  const byPlace = new Map<string, SourceFile>()
  for (const file of files) {
    const place = resolve(file.path)
    if (!byPlace.has(place)) byPlace.set(place, file)
  }
  return [...byPlace.values()]
}

async function filesAt(path: string): Promise<readonly SourceFile[]> {
  try {
    if ((await stat(path)).isDirectory()) {
      const { directorySource } = await import('@meshwright/control-plane')
      return await directorySource(path).read([])
    }
    return [{ path, text: await readFile(path, 'utf8') }]
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError(`cannot read ${path}: ${reason}`, { cause: error })
  }
}
