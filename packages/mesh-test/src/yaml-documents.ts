import type { SourceFile } from '@meshwright/mesh-config'
import { LineCounter, parseAllDocuments } from 'yaml'
import { boundedValue } from './bounded-value.ts'
import { MeshTestError, type MeshTestErrorCode } from './errors.ts'

/** One document of a file and where it begins. Lines and columns count from 1. */
interface YamlDocument {
  readonly value: unknown
  readonly line: number
  readonly column: number
}

/**
 * Reads a file of YAML or JSON.
 *
 * @param code Of the error.
 * @throws {MeshTestError} with file, line and column if it is neither, and if what it says is
 * without bounds: aliases that multiply, values in values in values.
 */
export function yamlDocuments(
  { path: file, text }: SourceFile,
  code: MeshTestErrorCode,
): readonly YamlDocument[] {
  try {
    return parsedDocuments(file, text, code)
  } catch (error) {
    if (error instanceof MeshTestError) throw error
    // The parser has limits of its own: on aliases, and of the stack.
    const reason = error instanceof Error ? error.message : String(error)
    throw new MeshTestError(`${file}: ${reason}`, { code, cause: error })
  }
}

function parsedDocuments(
  file: string,
  text: string,
  code: MeshTestErrorCode,
): readonly YamlDocument[] {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines, logLevel: 'silent' })
  return [...documents].map((document) => {
    const [fault] = document.errors
    if (fault !== undefined) {
      const { line, col } = lines.linePos(fault.pos[0])
      const [reason = ''] = fault.message.split(' at line ')
      throw new MeshTestError(`${file}:${line}:${col}: ${reason}`, { code })
    }
    const { line, col } = lines.linePos(document.contents?.range?.[0] ?? 0)
    return { value: boundedValue(document.toJS(), file, code), line, column: col }
  })
}
