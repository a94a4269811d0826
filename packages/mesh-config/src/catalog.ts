import type { PlacedFault } from './check.ts'
import { compareText } from './compare-text.ts'
import { cut } from './cut.ts'
import type { Diagnostic } from './diagnostic.ts'
import { shared } from './equal.ts'
import type { Fault } from './field.ts'
import type { KnownKind } from './kinds.ts'
import type { ReadDocument, ReadResource } from './read-document.ts'
import type { Resource } from './snapshot.ts'
import { offsetOf, pathText, type TreePath } from './tree.ts'

/** A document, and where in which file it stands today. */
export interface LocatedDocument {
  readonly file: string
  /** The line of the file on which the document's text begins. */
  readonly line: number
  readonly document: ReadDocument
}

/** A resource with all that is needed to complain about it. */
export interface Located<S> {
  readonly resource: Resource<S>
  readonly read: ReadResource
  readonly at: LocatedDocument
}

/** Resources that were given before, to be used again where nothing changed. */
export type KnownResources = ReadonlyMap<string, Resource<unknown>>

/** What names a resource among all. */
function resourceKey(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`
}

/** Everything that was read, by kind, and the diagnostics so far. */
export class Catalog {
  readonly diagnostics: Diagnostic[] = []
  readonly #broken: ReadDocument[] = []
  readonly #byKind = new Map<KnownKind, Located<unknown>[]>()
  readonly #known: KnownResources
  readonly #resources = new Map<string, Resource<unknown>>()

  constructor(known: KnownResources) {
    this.#known = known
  }

  /** All resources by key, to be the next catalog's known ones. */
  get resources(): KnownResources {
    return this.#resources
  }

  /** Takes a document in, with its own faults. */
  add(at: LocatedDocument): void {
    const { document } = at
    for (const fault of document.faults) this.#place(at, fault)
    if (document.broken) this.#broken.push(document)
    for (const read of document.resources) this.#resource(at, read)
  }

  /** The resources of a kind, in order of namespace and name. */
  of<S>(kind: KnownKind): readonly Located<S>[] {
    const found = (this.#byKind.get(kind) ?? []) as Located<S>[]
    return found.sort((a, b) => compareMetadata(a.resource, b.resource))
  }

  /**
   * Whether a document that could not be read in full may declare `word` as one of `kinds`: then
   * its absence is no fault of those who refer to it.
   */
  mayDeclare(word: string, kinds: readonly KnownKind[]): boolean {
    return this.#broken.some(
      ({ text, resources }) =>
        text.includes(word) &&
        (resources.length === 0 ||
          resources.some(({ broken, kind }) => broken && kinds.includes(kind))),
    )
  }

  /** Reports a fault at a path below a resource's spec. */
  report(located: Located<unknown>, path: TreePath, fault: Fault): void {
    const { read, at } = located
    this.#place(at, {
      ...fault,
      severity: fault.severity ?? 'error',
      at: offsetOf(read.tree, path),
      path: pathText([...read.bodyPath, ...path]),
    })
  }

  #place(at: LocatedDocument, fault: PlacedFault): void {
    const { line, column } = at.document.lines.position(fault.at)
    const { at: _offset, message, path, expected, got, ...rest } = fault
    this.diagnostics.push({
      ...rest,
      message: cut(message),
      path: cut(path),
      ...(expected !== undefined && { expected: cut(expected) }),
      ...(got !== undefined && { got: cut(got) }),
      file: at.file,
      line: at.line + line - 1,
      column,
    })
  }

  #resource(at: LocatedDocument, read: ReadResource): void {
    const { name, namespace } = read.metadata
    const key = resourceKey(read.kind, namespace, name)
    const resource = this.#shared(key, resourceFrom(at, read))
    const located: Located<unknown> = { resource, read, at }
    const first = this.#resources.get(key)
    if (first !== undefined) {
      this.#twice(located, first)
      return
    }
    this.#resources.set(key, resource)
    const same = this.#byKind.get(read.kind)
    if (same === undefined) this.#byKind.set(read.kind, [located])
    else same.push(located)
  }

  #twice(located: Located<unknown>, first: Resource<unknown>): void {
    const { kind, metadata, source } = located.resource
    const { file, line } = first.source
    this.diagnostics.push({
      code: 'ERR_CONFIG_DUPLICATE',
      severity: 'error',
      message: `${kind} ${metadata.namespace}/${metadata.name} is declared twice, first at ${file}:${line}`,
      ...source,
      path: '',
      got: `${metadata.namespace}/${metadata.name}`,
    })
  }

  /** The earlier object if it says the same; at least its spec. */
  #shared(key: string, resource: Resource<unknown>): Resource<unknown> {
    const known = this.#known.get(key)
    if (known === undefined) return resource
    const same = shared(known, resource)
    return same === known
      ? known
      : Object.freeze({ ...resource, spec: shared(known.spec, resource.spec) })
  }
}

function resourceFrom(at: LocatedDocument, read: ReadResource): Resource<unknown> {
  const { kind, apiVersion, metadata, body } = read
  const { line, column } = at.document.lines.position(read.rootAt)
  const source = Object.freeze({ file: at.file, line: at.line + line - 1, column })
  return Object.freeze({ kind, apiVersion, metadata, spec: body, source })
}

function compareMetadata(a: Resource<unknown>, b: Resource<unknown>): number {
  return (
    compareText(a.metadata.namespace, b.metadata.namespace) ||
    compareText(a.metadata.name, b.metadata.name)
  )
}
