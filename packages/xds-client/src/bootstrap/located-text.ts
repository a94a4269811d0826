import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import { BootstrapError } from '../errors.ts'
import type { BootstrapFault } from './bootstrap-fault.ts'

/** A fault that knows its path; {@link LocatedText.locate} adds the place. */
export interface PathFault {
  readonly path: string
  readonly message: string
}

// Bounds what aliases may blow the document up to.
const maxAliasCount = 100

/** A YAML or JSON text that can tell in which line a field stands. */
export class LocatedText {
  readonly #file: string
  readonly #lines: LineCounter
  readonly #document: Document.Parsed

  /** @throws {BootstrapError} if the text is not YAML. JSON is. */
  constructor(text: string, file: string) {
    this.#file = file
    this.#lines = new LineCounter()
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false })
    const { errors } = this.#document
    if (errors.length > 0) {
      throw new BootstrapError(
        errors.map(({ message, pos }) => ({ ...this.#place(pos[0]), path: '', message })),
      )
    }
  }

  /** The text as plain values. */
  value(): unknown {
    try {
      return this.#document.toJS({ maxAliasCount })
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw new BootstrapError([this.locate({ path: '', message })], { cause: error })
    }
  }

  /** Adds the line and column of the field that `path` names, or of the nearest one around it. */
  locate({ path, message }: PathFault): BootstrapFault {
    let node: unknown = this.#document.contents
    let offset = offsetOf(node)
    for (const segment of segmentsOf(path)) {
      const step = stepInto(node, segment)
      if (step === undefined) break
      node = step.value
      offset = step.offset ?? offset
    }
    return { ...this.#place(offset ?? 0), path, message }
  }

  #place(offset: number): Pick<BootstrapFault, 'file' | 'line' | 'column'> {
    const { line, col } = this.#lines.linePos(offset)
    return { file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1) }
  }
}

interface Step {
  readonly value: unknown
  readonly offset: number | undefined
}

function stepInto(node: unknown, segment: string | number): Step | undefined {
  if (isSeq(node) && typeof segment === 'number') {
    const value = node.items[segment]
    return value === undefined ? undefined : { value, offset: offsetOf(value) }
  }
  if (!isMap(node) || typeof segment === 'number') return undefined
  const camel = segment.replace(/_+(.)/g, (_, letter: string) => letter.toUpperCase())
  const pair = node.items.find(
    ({ key }) => isScalar(key) && (key.value === segment || key.value === camel),
  )
  return pair && { value: pair.value, offset: offsetOf(pair.key) }
}

function offsetOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0]
}

function segmentsOf(path: string): readonly (string | number)[] {
  return [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(
    ([, key, index, name]) => (index === undefined ? (key ?? name ?? '') : Number(index)),
  )
}
