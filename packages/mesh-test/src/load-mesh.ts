import { createMesh, type Mesh, type MeshOptions } from './mesh.ts'
import { readSourceFiles } from './source-files.ts'

/** What a mesh is read from. */
export interface LoadOptions extends MeshOptions {
  /** Files and directories of Istio's resources, or of Envoy configuration; YAML or JSON. */
  readonly paths?: string | readonly string[]
}

/**
 * Reads a mesh from files.
 *
 * @throws {MeshTestError} as `createMesh`, and if something cannot be read.
 *
 * @example
 * ```ts no-run
 * const mesh = await loadMesh({ paths: 'mesh' })
 * ```
 */
export async function loadMesh({ paths = [], files = [], ...options }: LoadOptions): Promise<Mesh> {
  const read = await readSourceFiles(typeof paths === 'string' ? [paths] : paths)
  return createMesh({ ...options, files: [...read, ...files] })
}
