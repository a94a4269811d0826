import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml'
import { LineIndex, type Position } from './line-index.ts'
import type { SourceFile } from './read-config.ts'
import type { Source } from './snapshot.ts'
import { type DocumentText, splitDocuments } from './split-documents.ts'
import type { TreePath } from './tree.ts'

/** A stretch of a file. Lines and columns count from 1; the end lies behind its last character. */
export interface SourceRange {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

/** Finds what configuration says in the files that it was read from. */
export interface Locator {
  /**
   * The range of a value, or of the nearest thing above it that exists.
   *
   * @param source Where the document, or the resource in a list, begins: a resource's `source`.
   * @param path From there: `['spec', 'http', 1, 'match', 0]`.
   * @returns Undefined if nothing in the files begins at `source`.
   */
  rangeOf(source: Source, path: TreePath): SourceRange | undefined
}

/**
 * Makes a locator for files that `readConfig` took, or any other YAML and JSON.
 *
 * It keeps no positions: the document that is asked for is parsed again, and kept until another one is.
 */
export function createLocator(files: readonly SourceFile[]): Locator {
  const texts = new Map(files.map(({ path, text }) => [path, text] as const))
  const pieces = new Map<string, readonly DocumentText[]>()
  const piecesOf = (file: string): readonly DocumentText[] => {
    const known = pieces.get(file) ?? piecesIn(texts.get(file) ?? '')
    pieces.set(file, known)
    return known
  }
  let last: ParsedPiece | undefined
  const pieceAt = ({ file, line }: Source): ParsedPiece | undefined => {
    if (last?.file === file && last.line <= line && line < last.endLine) return last
    const found = parsedPiece(file, piecesOf(file), line)
    last = found ?? last
    return found
  }
  return {
    rangeOf: (source, path) => {
      const piece = pieceAt(source)
      const root = piece && nodeAt(piece, source)
      return root && piece && rangeIn(piece, walk(root, path, piece.document))
    },
  }
}

interface ParsedPiece {
  readonly file: string
  /** The first line of the file that belongs to it, and the first that does not. */
  readonly line: number
  readonly endLine: number
  readonly text: string
  readonly lines: LineIndex
  readonly document: Document.Parsed
}

function piecesIn(text: string): readonly DocumentText[] {
  // As in reading, a byte order mark is no part of the first document.
  return splitDocuments(text.startsWith('\ufeff') ? text.slice(1) : text)
}

function parsedPiece(
  file: string,
  pieces: readonly DocumentText[],
  line: number,
): ParsedPiece | undefined {
  const index = pieces.findLastIndex((piece) => piece.line <= line)
  const piece = pieces[index]
  if (piece === undefined) return undefined
  const document = parseDocument(piece.text, { uniqueKeys: false, logLevel: 'silent' })
  return {
    file,
    line: piece.line,
    endLine: pieces[index + 1]?.line ?? Number.POSITIVE_INFINITY,
    text: piece.text,
    lines: new LineIndex(piece.text),
    document,
  }
}

/** The document's root, or the item of a list of resources that begins where `source` says. */
function nodeAt({ document, lines, line }: ParsedPiece, source: Source): Node | undefined {
  const begins = (node: unknown): node is Node => {
    const at = (node as Node | null)?.range?.[0]
    if (at === undefined) return false
    const place = lines.position(at)
    return place.line + line - 1 === source.line && place.column === source.column
  }
  const root = document.contents
  if (root === null || begins(root)) return root ?? undefined
  const items: unknown = document.get('items')
  return isSeq(items) ? items.items.find(begins) : undefined
}

function walk(root: Node, path: TreePath, document: Document.Parsed): Node {
  let here = root
  for (const step of path) {
    const next = child(resolved(here, document), step, document)
    if (next === undefined) break
    here = next
  }
  return here
}

function resolved(node: Node, document: Document.Parsed): Node {
  return isAlias(node) ? (node.resolve(document) ?? node) : node
}

function child(node: Node, step: string | number, document: Document.Parsed): Node | undefined {
  if (isSeq(node)) return (node.items[Number(step)] as Node | undefined) ?? undefined
  if (!isMap(node)) return undefined
  const named = (name: string): Node | undefined => {
    const pair = node.items.find(({ key }) => isScalar(key) && textOf(key) === name)
    // A key without a value stands for it.
    return ((pair?.value ?? pair?.key) as Node | undefined) ?? undefined
  }
  const own = named(String(step))
  const merged = own === undefined ? named('<<') : undefined
  return merged === undefined ? own : inMerged(resolved(merged, document), step, document)
}

function inMerged(
  merged: Node,
  step: string | number,
  document: Document.Parsed,
): Node | undefined {
  const sources = isSeq(merged) ? (merged.items as Node[]) : [merged]
  for (const source of sources) {
    const found = child(resolved(source, document), step, document)
    if (found !== undefined) return found
  }
  return undefined
}

function textOf(key: { readonly source?: string; readonly value: unknown }): string {
  return key.source ?? String(key.value)
}

function rangeIn(piece: ParsedPiece, node: Node): SourceRange {
  const [begin, valueEnd] = node.range ?? [0, 0, 0]
  // A block ends where the next thing begins; nobody means the space between.
  const end = Math.max(begin, piece.text.slice(0, valueEnd).trimEnd().length)
  const place = (offset: number): Position => {
    const { line, column } = piece.lines.position(offset)
    return { line: line + piece.line - 1, column }
  }
  const first = place(begin)
  const last = place(end)
  return { file: piece.file, ...first, endLine: last.line, endColumn: last.column }
}
