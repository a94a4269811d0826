import { isNode, LineCounter, parseDocument } from 'yaml'
import { boundedValue } from '../bounded-value.ts'
import { MeshTestError, type MeshTestErrorCode } from '../errors.ts'

/** A text as a plain value, and where its parts are written. */
export interface ParsedText {
  /** What messages about it begin with: the path of the file. */
  readonly file: string
  readonly value: unknown
  /** Of the value at `path`, or of the nearest thing around it that is written somewhere. */
  positionOf(path: readonly (string | number)[]): TextPosition
}

/** Both count from 1. */
export interface TextPosition {
  readonly line: number
  readonly column: number
}

/** Sixteen million characters: more is no file of tests. */
const maxTextLength = 16_777_216

/** As `yaml` counts them: the product of what an alias stands for. */
const maxAliases = 1000

/**
 * Reads YAML or JSON. JSON may have a comma after the last element, as Envoy's tool takes it.
 *
 * @param code Of the error.
 * @throws {MeshTestError} with line and column, if it is neither.
 */
export function parseYaml(
  file: string,
  text: string,
  code: MeshTestErrorCode = 'ERR_MESH_TEST_SUITE',
): ParsedText {
  checkLength(file, text, code)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [error] = document.errors
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0])
    const [summary = ''] = error.message.split(' at line ')
    throw new MeshTestError(`${file}:${line}:${col}: ${summary}`, { code })
  }
  return {
    file,
    value: boundedValue(
      plainValue(file, code, () => document.toJS({ maxAliasCount: maxAliases })),
      file,
      code,
    ),
    positionOf(path) {
      for (let length = path.length; length >= 0; length--) {
        const node = document.getIn(path.slice(0, length), true)
        if (!isNode(node) || !node.range) continue
        const { line, col } = lines.linePos(node.range[0])
        return { line, column: col }
      }
      return { line: 1, column: 1 }
    },
  }
}

/** An error in a file of tests. */
export function suiteError(file: string, at: TextPosition, message: string): MeshTestError {
  return new MeshTestError(`${file}:${at.line}:${at.column}: ${message}`, {
    code: 'ERR_MESH_TEST_SUITE',
  })
}

/** @throws {MeshTestError} for a text longer than {@link maxTextLength}. */
export function checkLength(
  file: string,
  text: string,
  code: MeshTestErrorCode = 'ERR_MESH_TEST_SUITE',
): void {
  if (text.length <= maxTextLength) return
  throw new MeshTestError(
    `${file}:1:1: expected at most ${maxTextLength} characters, got ${text.length}`,
    { code },
  )
}

function plainValue(file: string, code: MeshTestErrorCode, read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new MeshTestError(`${file}: ${reason}`, { code, cause: error })
  }
}
