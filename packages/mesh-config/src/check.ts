import type {
  Fault,
  Field,
  ListShape,
  MapShape,
  Mark,
  MessageShape,
  Rule,
  ScalarShape,
} from './field.ts'
import { nearMiss } from './near-miss.ts'
import {
  type MapTree,
  offsetOf,
  pathText,
  plainFrom,
  type ScalarTree,
  type Tree,
  type TreePath,
} from './tree.ts'

/** A fault with its place in a document. */
export interface PlacedFault extends Fault {
  readonly severity: 'error' | 'warning'
  /** Offset in the text of the document. */
  readonly at: number
  readonly path: string
}

/** What a field made of a tree. `value` lacks the parts that were bad. */
export interface Checked {
  readonly value: unknown
  readonly faults: readonly PlacedFault[]
}

/** Whether faults mean that a value is not all there; what is merely refused is. */
export function isIncomplete(faults: readonly PlacedFault[]): boolean {
  return faults.some(
    ({ severity, code }) => severity === 'error' && code !== 'ERR_CONFIG_NOT_ENFORCED',
  )
}

/** Checks `tree` against `field`: types, names, ranges, rules, and what is not honoured. */
export function check(field: Field<unknown>, tree: Tree, path: TreePath = []): Checked {
  const checker = new Checker()
  const value = checker.value(field, tree, path)
  return { value: value === bad ? undefined : value, faults: checker.faults }
}

const bad = Symbol('bad')

class Checker {
  readonly faults: PlacedFault[] = []
  #errors = 0

  value(field: Field<unknown>, tree: Tree, path: TreePath): unknown {
    const { shape } = field
    switch (shape.kind) {
      case 'scalar':
        return this.#scalar(shape, tree, path)
      case 'list':
        return this.#list(shape, tree, path)
      case 'map':
        return this.#map(shape, tree, path)
      case 'message':
        return this.#message(shape, tree, path)
      case 'struct':
        return tree.kind === 'map' ? plainFrom(tree) : this.#mistyped('an object', tree, path)
    }
  }

  #fault(at: number, path: TreePath, fault: Fault): void {
    const severity = fault.severity ?? 'error'
    if (severity === 'error') this.#errors += 1
    this.faults.push({ ...fault, severity, at, path: pathText(path) })
  }

  #mistyped(expected: string, tree: Tree, path: TreePath): typeof bad {
    const message = `${nameOf(path)} must be ${expected}`
    this.#fault(tree.at, path, { code: 'ERR_CONFIG_TYPE', message, expected, got: described(tree) })
    return bad
  }

  #scalar(shape: ScalarShape, tree: Tree, path: TreePath): unknown {
    if (tree.kind !== 'scalar' || !hasType(shape, tree)) {
      const wrong = this.#mistyped(shape.expects, tree, path)
      return wrong
    }
    const value = (shape.type === 'number' ? Number(tree.value) : tree.value) as never
    if (shape.choices !== undefined && !shape.choices.includes(value)) {
      return this.#unacceptable(shape, tree, path)
    }
    if (shape.accepts?.(value) === false) return this.#unacceptable(shape, tree, path)
    return shape.convert === undefined ? value : shape.convert(value)
  }

  #unacceptable(shape: ScalarShape, tree: ScalarTree, path: TreePath): typeof bad {
    const expected = shape.expects
    const suggestion = nearMiss(tree.text, shape.choices ?? [])
    this.#fault(tree.at, path, {
      code: 'ERR_CONFIG_VALUE',
      message: `${nameOf(path)} must be ${expected}`,
      expected,
      got: described(tree),
      ...(suggestion !== undefined && { suggestion }),
    })
    return bad
  }

  #list(shape: ListShape, tree: Tree, path: TreePath): unknown {
    if (tree.kind !== 'list') return this.#mistyped('a list', tree, path)
    const items = tree.items.map((item, index) => this.value(shape.item, item, [...path, index]))
    // Gaps keep the others at their places; a document with a gap never reaches a snapshot.
    return Object.freeze(items.map((item) => (item === bad ? undefined : item)))
  }

  #map(shape: MapShape, tree: Tree, path: TreePath): unknown {
    if (tree.kind !== 'map') return this.#mistyped('an object', tree, path)
    const entries: [string, unknown][] = []
    for (const [name, entry] of tree.entries) {
      const here = [...path, name]
      if (shape.key?.accepts?.(name as never) === false) {
        const expected = shape.key.expects
        const message = `key ${JSON.stringify(name)} must be ${expected}`
        const got = JSON.stringify(name)
        this.#fault(entry.keyAt, here, { code: 'ERR_CONFIG_VALUE', message, expected, got })
        continue
      }
      const value = this.value(shape.value, entry.value, here)
      if (value !== bad) entries.push([name, value])
    }
    return Object.freeze(Object.fromEntries(entries))
  }

  #message(shape: MessageShape, tree: Tree, path: TreePath): unknown {
    if (isNull(tree))
      return this.#fields(shape, { kind: 'map', at: tree.at, entries: new Map() }, path)
    return tree.kind === 'map'
      ? this.#fields(shape, tree, path)
      : this.#mistyped('an object', tree, path)
  }

  #fields(shape: MessageShape, tree: MapTree, path: TreePath): unknown {
    const errorsBefore = this.#errors
    const meant = this.#unknownFields(shape, tree, path)
    const entries: [string, unknown][] = []
    for (const [name, field] of Object.entries(shape.fields)) {
      // A misspelled field is there, after all.
      const wanted = meant.has(name) ? { ...field, required: false } : field
      const value = this.#field(wanted, tree, [...path, name], name)
      if (value !== bad) entries.push([name, value])
    }
    for (const [name, field] of Object.entries(shape.ignored)) {
      this.#field(field, tree, [...path, name], name)
    }
    this.#oneOf(shape, tree, path)
    const value = Object.freeze(Object.fromEntries(entries))
    if (this.#errors === errorsBefore) this.#rules(shape, { value, tree, path })
    return value
  }

  #field(field: Field<unknown>, tree: MapTree, path: TreePath, name: string): unknown {
    const entry = tree.entries.get(name)
    // As in Kubernetes, null is the same as nothing.
    if (entry === undefined || isNull(entry.value)) {
      if (field.required === true) {
        const message = `${name} is missing`
        this.#fault(entry?.keyAt ?? tree.at, path, {
          code: 'ERR_CONFIG_MISSING',
          message,
          expected: expectedOf(field),
        })
      }
      return field.orElse ?? bad
    }
    const value = this.value(field, entry.value, path)
    if (field.mark !== undefined && value !== bad) this.#mark(field.mark, value, entry.keyAt, path)
    return value
  }

  #mark(mark: Mark, value: unknown, at: number, path: TreePath): void {
    if (mark.when?.(value as never) === false) return
    this.#fault(at, path, markFault(mark, nameOf(path)))
  }

  /** Returns the names that unknown ones were meant to be. */
  #unknownFields(shape: MessageShape, tree: MapTree, path: TreePath): ReadonlySet<string> {
    const meant = new Set<string>()
    for (const [name, entry] of tree.entries) {
      if (Object.hasOwn(shape.fields, name) || Object.hasOwn(shape.ignored, name)) continue
      const suggestion = nearMiss(name, Object.keys(shape.fields))
      if (suggestion !== undefined) meant.add(suggestion)
      const hint = suggestion === undefined ? '' : `, did you mean ${suggestion}`
      this.#fault(entry.keyAt, [...path, name], {
        code: 'ERR_CONFIG_UNKNOWN_FIELD',
        message: `${shape.name} has no field ${JSON.stringify(name)}${hint}`,
        got: name,
        ...(suggestion !== undefined && { expected: suggestion, suggestion }),
      })
    }
    return meant
  }

  #oneOf(shape: MessageShape, tree: MapTree, path: TreePath): void {
    for (const group of shape.oneOf) {
      const present = group.filter(
        (name) => tree.entries.has(name) && !isNull(tree.entries.get(name)?.value),
      )
      const [first, second] = present
      if (first === undefined || second === undefined) continue
      const at = tree.entries.get(second)?.keyAt ?? tree.at
      this.#fault(at, [...path, second], {
        code: 'ERR_CONFIG_ONE_OF',
        message: `${shape.name} takes only one of ${group.join(', ')}`,
        expected: `only ${first}`,
        got: present.join(' and '),
      })
    }
  }

  #rules(shape: MessageShape, context: { value: unknown; tree: Tree; path: TreePath }): void {
    const { value, tree, path } = context
    for (const rule of shape.rules as readonly Rule<unknown>[]) {
      rule(value, (below, fault) => this.#fault(offsetOf(tree, below), [...path, ...below], fault))
    }
  }
}

function hasType(shape: ScalarShape, tree: ScalarTree): boolean {
  if (shape.type === 'any') return tree.value !== null
  // Proto3 JSON writes 64-bit integers as strings; taking any number so harms nothing.
  if (shape.type === 'number' && typeof tree.value === 'string') return /^-?\d+$/.test(tree.value)
  return typeof tree.value === shape.type
}

function isNull(tree: Tree | undefined): boolean {
  return tree?.kind === 'scalar' && tree.value === null
}

function nameOf(path: TreePath): string {
  const last = path.at(-1)
  if (last === undefined) return 'the document'
  if (typeof last === 'string') return last
  return pathText(path.slice(-2))
}

function expectedOf(field: Field<unknown>): string {
  const { shape } = field
  if (shape.kind === 'scalar') return shape.expects
  return shape.kind === 'list' ? 'a list' : 'an object'
}

/** Longer values are cut: a message is one line. */
const maxShown = 60

function described(tree: Tree): string {
  if (tree.kind === 'list') return 'a list'
  if (tree.kind === 'map') return 'an object'
  if (tree.value === null) return 'nothing'
  const shown = tree.text.length > maxShown ? `${tree.text.slice(0, maxShown)}…` : tree.text
  return typeof tree.value === 'string' ? JSON.stringify(shown) : `${typeof tree.value} ${shown}`
}

function markFault(mark: Mark, name: string): Fault {
  switch (mark.kind) {
    case 'pending':
      return {
        code: 'WARN_CONFIG_NOT_HONOURED',
        severity: 'warning',
        message: `${name} is not honoured yet and has no effect`,
      }
    case 'deprecated':
      return {
        code: 'WARN_CONFIG_DEPRECATED',
        severity: 'warning',
        message: `${name} is deprecated, use ${mark.instead}`,
        ...(mark.instead !== undefined && { suggestion: mark.instead }),
      }
    case 'protects':
      return {
        code: 'ERR_CONFIG_NOT_ENFORCED',
        message: `${name} asks for protection that is not enforced yet`,
      }
  }
}
