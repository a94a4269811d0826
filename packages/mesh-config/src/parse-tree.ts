import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml'
import { isDenserThan } from './density.ts'
import type { Tree, TreeEntry } from './tree.ts'

/** Something wrong with the text of a document, at an offset. */
interface SyntaxFault {
  readonly code: 'ERR_CONFIG_SYNTAX' | 'ERR_CONFIG_DUPLICATE_KEY' | 'ERR_CONFIG_LIMIT'
  readonly message: string
  readonly at: number
}

/** What became of a text: a tree (none for an empty document) and what is wrong with it. */
export interface ParsedTree {
  readonly tree: Tree | undefined
  readonly faults: readonly SyntaxFault[]
}

/** Kubernetes keeps no object larger than 1.5 MiB; a document is refused beyond twice that. */
const maxLength = 3 * 1024 * 1024

/** Values in a document, those that aliases repeat counted each time. */
const maxNodes = 200_000

/** Keys and values, and lines, that are read at all. */
const maxParts = 2 * maxNodes

/** The deepest field of the APIs lies at 12. */
const maxDepth = 64

/** One broken document may say many things; more than this helps nobody. */
const maxFaults = 20

/** Of the control characters YAML allows only tab and the line breaks. */
const control = /(?![\t\n\r])\p{Cc}/u

/** Reads one YAML (or JSON) document. Never throws: whatever is wrong is a fault. */
export function parseTree(text: string): ParsedTree {
  if (text.length > maxLength) {
    const message = `document is longer than ${maxLength} characters`
    return refused({ code: 'ERR_CONFIG_LIMIT', message, at: 0 })
  }
  const unwanted = control.exec(text)
  if (unwanted !== null) {
    const name = `U+${unwanted[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
    const message = `control character ${name} is not allowed`
    return refused({ code: 'ERR_CONFIG_SYNTAX', message, at: unwanted.index })
  }
  const deep = tooDeep(text)
  if (deep !== undefined) return refused(deep)
  return isDenserThan(text, maxParts) ? refused(tooMany(0)) : composed(text)
}

function composed(text: string): ParsedTree {
  const document = parseDocument(text, {
    uniqueKeys: false,
    prettyErrors: false,
    merge: false,
    logLevel: 'silent',
    version: '1.2',
  })
  const faults = [...document.errors, ...document.warnings].slice(0, maxFaults)
  if (faults.length > 0) {
    return {
      tree: undefined,
      faults: faults.map(({ message, pos }) => ({
        code: 'ERR_CONFIG_SYNTAX',
        message: sentence(message),
        at: pos[0],
      })),
    }
  }
  return document.contents === null
    ? { tree: undefined, faults: [] }
    : new TreeBuilder().build(document.contents)
}

function refused(fault: SyntaxFault): ParsedTree {
  return { tree: undefined, faults: [fault] }
}

/**
 * Refuses text that opens so many brackets, or indents by so many dashes, that reading it would
 * cost too much. Brackets inside strings count as well: no document has that many.
 */
function tooDeep(text: string): SyntaxFault | undefined {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]
    if (char === '[' || char === '{') depth += 1
    else if (char === ']' || char === '}') depth = Math.max(0, depth - 1)
    if (depth > maxBrackets) return depthFault(at)
  }
  const dashes = /^[ ]*(?:[-?:][ \t]+){65}/m.exec(text)
  return dashes === null ? undefined : depthFault(dashes.index)
}

/** More than {@link maxDepth}, because a bracket may also stand in a string, unclosed. */
const maxBrackets = 256

function depthFault(at: number): SyntaxFault {
  return { code: 'ERR_CONFIG_LIMIT', message: `values are nested deeper than ${maxDepth}`, at }
}

function tooMany(at: number): SyntaxFault {
  const message = `document has more than ${maxNodes} values, aliases counted each time`
  return { code: 'ERR_CONFIG_LIMIT', message, at }
}

function sentence(message: string): string {
  const first = message.split('\n', 1)[0] ?? message
  return first.charAt(0).toLowerCase() + first.slice(1).replace(/\.$/, '')
}

interface Sized {
  readonly tree: Tree
  /** Values in it, expanded. */
  readonly size: number
}

class TreeBuilder {
  readonly #faults: SyntaxFault[] = []
  readonly #anchors = new Map<string, Sized>()

  build(contents: Node): ParsedTree {
    const { tree, size } = this.#node(contents, 0)
    if (size > maxNodes) {
      return refused(tooMany(tree.at))
    }
    return { tree: this.#faults.length > 0 ? undefined : tree, faults: this.#faults }
  }

  #fault(code: SyntaxFault['code'], message: string, at: number): void {
    if (this.#faults.length < maxFaults) this.#faults.push({ code, message, at })
  }

  #node(node: unknown, depth: number): Sized {
    if (isAlias(node)) return this.#alias(node)
    const sized = this.#plainNode(node, depth)
    const anchor = (node as Node | null)?.anchor
    if (anchor !== undefined) this.#anchors.set(anchor, sized)
    return sized
  }

  #plainNode(node: unknown, depth: number): Sized {
    const at = offset(node)
    if (depth > maxDepth) {
      this.#fault('ERR_CONFIG_LIMIT', `values are nested deeper than ${maxDepth}`, at)
      return nothing(at)
    }
    if (isMap(node)) return this.#map(node.items, at, depth)
    if (isSeq(node)) {
      const items = node.items.map((item) => this.#node(item, depth + 1))
      return {
        tree: { kind: 'list', at, items: items.map(({ tree }) => tree) },
        size: total(items),
      }
    }
    if (!isScalar(node)) return nothing(at)
    const value = node.value as string | number | boolean | null
    const text = node.source ?? String(value)
    const literal = node.type === 'BLOCK_LITERAL'
    return { tree: { kind: 'scalar', at, value, text, ...(literal && { literal }) }, size: 1 }
  }

  #alias(alias: Alias): Sized {
    const found = this.#anchors.get(alias.source)
    if (found !== undefined) return found
    const at = offset(alias)
    this.#fault('ERR_CONFIG_SYNTAX', `alias *${alias.source} has no anchor before it`, at)
    return nothing(at)
  }

  #map(pairs: readonly Pair[], at: number, depth: number): Sized {
    const entries = new Map<string, TreeEntry>()
    const merged: Sized[] = []
    const values: Sized[] = []
    for (const { key, value } of pairs) {
      const keyAt = offset(key)
      const name = this.#key(key)
      const sized = this.#node(value, depth + 1)
      if (name === undefined) continue
      values.push(sized)
      if (name === '<<') merged.push(sized)
      else if (entries.has(name)) {
        this.#fault('ERR_CONFIG_DUPLICATE_KEY', `key ${JSON.stringify(name)} is there twice`, keyAt)
      } else entries.set(name, { keyAt, value: placed(sized.tree, keyAt) })
    }
    for (const { tree } of merged) this.#merge(tree, entries)
    return { tree: { kind: 'map', at, entries }, size: total(values) }
  }

  #key(key: unknown): string | undefined {
    if (isScalar(key)) return key.source ?? String(key.value)
    this.#fault('ERR_CONFIG_SYNTAX', 'a key must be a plain value', offset(key))
    return undefined
  }

  /** What the mapping says itself wins over what it merges; what is merged first, over the rest. */
  #merge(tree: Tree, entries: Map<string, TreeEntry>): void {
    const sources = tree.kind === 'list' ? tree.items : [tree]
    for (const source of sources) {
      if (source.kind !== 'map') {
        this.#fault('ERR_CONFIG_SYNTAX', 'a merge key takes a mapping', source.at)
        continue
      }
      for (const [name, entry] of source.entries) if (!entries.has(name)) entries.set(name, entry)
    }
  }
}

function total(values: readonly Sized[]): number {
  return values.reduce((sum, { size }) => sum + size, 1)
}

function offset(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? -1
}

function nothing(at: number): Sized {
  return { tree: { kind: 'scalar', at, value: null, text: '' }, size: 1 }
}

/** A value that is absent has no place of its own: show its key. */
function placed(tree: Tree, keyAt: number): Tree {
  return tree.at < 0 ? { ...tree, at: keyAt } : tree
}
