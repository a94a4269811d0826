import { check, isIncomplete, type PlacedFault } from './check.ts'
import type { Field } from './field.ts'
import { type KindVerdict, type KnownKind, type Stranger, verdictOn } from './kinds.ts'
import { LineIndex } from './line-index.ts'
import { parseTree } from './parse-tree.ts'
import type { Metadata } from './snapshot.ts'
import { meshConfig } from './table/mesh-config.ts'
import type { ObjectMeta } from './table/object-meta.ts'
import {
  type MapTree,
  pathText,
  type ScalarTree,
  subtree,
  type Tree,
  type TreePath,
} from './tree.ts'

/** One resource of a document, checked by itself. */
export interface ReadResource {
  readonly kind: KnownKind
  readonly apiVersion: string
  readonly metadata: Metadata
  /** The spec, or all of it for kinds that have none. Lacks what was bad if `broken`. */
  readonly body: unknown
  readonly tree: Tree
  /** Where `body` lies in the document. */
  readonly bodyPath: TreePath
  /** The offset at which the resource begins. */
  readonly rootAt: number
  readonly broken: boolean
}

/** All that a text says, whatever file it is in. Depends on nothing but the text. */
export interface ReadDocument {
  readonly text: string
  readonly lines: LineIndex
  readonly resources: readonly ReadResource[]
  readonly faults: readonly PlacedFault[]
  /** It could declare more than `resources` shows. */
  readonly broken: boolean
}

/** How a text without a `kind` is to be taken. */
export type DocumentForm = 'resource' | 'mesh'

/** Reads one document of YAML or JSON. Never throws. */
export function readDocument(text: string, form: DocumentForm): ReadDocument {
  const parsed = parseTree(text)
  const reader = new DocumentReader()
  for (const { code, message, at } of parsed.faults) {
    reader.faults.push({ code, message, at, severity: 'error', path: '' })
  }
  if (parsed.tree !== undefined) reader.read(parsed.tree, text, form)
  const { resources, faults } = reader
  const lines = new LineIndex(text)
  return {
    text,
    lines,
    resources,
    faults,
    broken: isIncomplete(faults),
  }
}

class DocumentReader {
  readonly resources: ReadResource[] = []
  readonly faults: PlacedFault[] = []

  read(tree: Tree, text: string, form: DocumentForm): void {
    if (tree.kind !== 'map') {
      this.#fault(tree.at, [], 'ERR_CONFIG_NOT_RESOURCE', 'a document must be an object')
      return
    }
    if (form === 'mesh' && !tree.entries.has('kind')) this.#mesh(tree, [])
    else this.#resource(tree, [], text)
  }

  #fault(at: number, path: TreePath, code: string, message: string): void {
    this.faults.push({ code, message, at, severity: 'error', path: pathText(path) })
  }

  #resource(tree: Tree, path: TreePath, text: string): void {
    if (tree.kind !== 'map') {
      this.#fault(tree.at, path, 'ERR_CONFIG_NOT_RESOURCE', 'a resource must be an object')
      return
    }
    const apiVersion = this.#name(tree, path, 'apiVersion')
    const kind = this.#name(tree, path, 'kind')
    if (apiVersion === undefined || kind === undefined) return
    const items = tree.entries.get('items')?.value
    if (kind.endsWith('List') && items?.kind === 'list') {
      for (const [index, item] of items.items.entries()) {
        this.#resource(item, [...path, 'items', index], text)
      }
      return
    }
    if (kind === 'ConfigMap' && apiVersion === 'v1' && this.#configMap(tree, path, text)) return
    this.#judged(tree, path, { apiVersion, kind })
  }

  #name(tree: MapTree, path: TreePath, name: string): string | undefined {
    const value = tree.entries.get(name)?.value
    if (value?.kind === 'scalar' && typeof value.value === 'string') return value.value
    const message = `${name} is missing: this is no Kubernetes resource`
    this.#fault(value?.at ?? tree.at, [...path, name], 'ERR_CONFIG_NOT_RESOURCE', message)
    return undefined
  }

  #judged(tree: MapTree, path: TreePath, names: { apiVersion: string; kind: string }): void {
    const verdict = verdictOn(names.apiVersion, names.kind)
    if (verdict.kind === 'known') {
      this.#known(tree, path, { ...names, ...verdict })
      return
    }
    const atKind = verdict.kind === 'unknown-version' || isVersion(verdict)
    const name = atKind ? 'apiVersion' : 'kind'
    const at = tree.entries.get(name)?.value.at ?? tree.at
    const fault = strangerFault(verdict, names)
    this.faults.push({ ...fault, at, path: pathText([...path, name]) })
  }

  #known(
    tree: MapTree,
    path: TreePath,
    found: { apiVersion: string; name: KnownKind; root: Field<unknown>; body: 'spec' | 'root' },
  ): void {
    const { value, faults } = check(found.root, tree, path)
    this.faults.push(...faults)
    const root = value as { readonly metadata?: Partial<ObjectMeta>; readonly spec?: unknown }
    this.resources.push({
      kind: found.name,
      apiVersion: found.apiVersion,
      metadata: metadataFrom(root.metadata ?? {}),
      body: found.body === 'spec' ? (root.spec ?? Object.freeze({})) : value,
      tree: subtreeOr(tree, found.body),
      rootAt: tree.at,
      bodyPath: found.body === 'spec' ? [...path, 'spec'] : path,
      broken: isIncomplete(faults),
    })
  }

  #mesh(tree: Tree, path: TreePath): void {
    const { value, faults } = check(meshConfig, tree, path)
    this.faults.push(...faults)
    this.resources.push({
      kind: 'MeshConfig',
      apiVersion: 'mesh.istio.io/v1alpha1',
      metadata: metadataFrom({ name: 'mesh' }),
      body: value ?? Object.freeze({}),
      tree,
      rootAt: tree.at,
      bodyPath: path,
      broken: isIncomplete(faults),
    })
  }

  /** Istio's own ConfigMap carries the mesh configuration as a text within the text. */
  #configMap(tree: MapTree, path: TreePath, text: string): boolean {
    const name = subtree(tree, ['metadata', 'name'])
    const mesh = subtree(tree, ['data', 'mesh'])
    if (name?.kind !== 'scalar' || !/^istio(?:-|$)/.test(name.text)) return false
    if (mesh?.kind !== 'scalar' || typeof mesh.value !== 'string') return false
    const inner = readDocument(mesh.value, 'mesh')
    const place = innerPlaces(text, mesh, mesh.value)
    for (const fault of inner.faults) {
      const below = fault.path === '' ? '' : `.${fault.path}`
      const outer = pathText([...path, 'data', 'mesh'])
      this.faults.push({ ...fault, at: place(fault.at), path: `${outer}${below}` })
    }
    for (const resource of inner.resources) {
      this.resources.push({
        ...resource,
        tree: mesh,
        rootAt: mesh.at,
        bodyPath: [...path, 'data', 'mesh'],
      })
    }
    return true
  }
}

function subtreeOr(tree: MapTree, body: 'spec' | 'root'): Tree {
  return body === 'spec' ? (tree.entries.get('spec')?.value ?? tree) : tree
}

function isVersion(verdict: KindVerdict): boolean {
  return verdict.kind === 'unknown' && verdict.suggestion?.includes('/') === true
}

function strangerFault(
  verdict: Stranger,
  { apiVersion, kind }: { apiVersion: string; kind: string },
): Omit<PlacedFault, 'at' | 'path'> {
  switch (verdict.kind) {
    case 'protects':
      return {
        code: 'ERR_CONFIG_NOT_ENFORCED',
        severity: 'error',
        message: `${kind} asks for protection that is not enforced yet`,
        got: kind,
      }
    case 'pending':
      return {
        code: 'WARN_CONFIG_NOT_HONOURED',
        severity: 'warning',
        message: `${kind} is not honoured yet and has no effect`,
        got: kind,
      }
    case 'unknown-version':
      return {
        code: 'ERR_CONFIG_UNKNOWN_VERSION',
        severity: 'error',
        message: `${kind} has no version ${apiVersion}`,
        expected: verdict.versions.join(' or '),
        got: apiVersion,
      }
    case 'unknown':
      return {
        code: 'ERR_CONFIG_UNKNOWN_KIND',
        severity: 'error',
        message: `there is no kind ${kind} in ${apiVersion}`,
        got: `${apiVersion} ${kind}`,
        ...(verdict.suggestion !== undefined && {
          expected: verdict.suggestion,
          suggestion: verdict.suggestion,
        }),
      }
    case 'foreign':
      return {
        code: 'WARN_CONFIG_FOREIGN_KIND',
        severity: 'warning',
        message: `${kind} of ${apiVersion} is not a mesh resource and is ignored`,
        got: `${apiVersion} ${kind}`,
        ...(verdict.suggestion !== undefined && { suggestion: verdict.suggestion }),
      }
  }
}

function metadataFrom(meta: Partial<ObjectMeta>): Metadata {
  return Object.freeze({
    name: meta.name ?? '',
    namespace: meta.namespace ?? 'default',
    labels: meta.labels ?? Object.freeze({}),
    annotations: meta.annotations ?? Object.freeze({}),
    ...(meta.creationTimestamp !== undefined && { creationTimestamp: meta.creationTimestamp }),
  })
}

/** Maps offsets of a literal block's value to offsets of the text around it. */
function innerPlaces(text: string, scalar: ScalarTree, value: string): (at: number) => number {
  if (scalar.literal !== true) return () => scalar.at
  const begin = text.indexOf('\n', scalar.at) + 1
  const outer = linesOf(text.slice(begin))
  const inner = linesOf(value)
  const lines = new LineIndex(value)
  return (at) => {
    const { line, column } = lines.position(at)
    const around = outer[line - 1]
    if (around === undefined) return scalar.at
    const indent = around.text.replace(/\r$/, '').length - (inner[line - 1]?.text ?? '').length
    return begin + around.at + Math.max(0, indent) + column - 1
  }
}

function linesOf(text: string): readonly { readonly at: number; readonly text: string }[] {
  let at = 0
  return text.split('\n').map((line) => {
    const here = at
    at += line.length + 1
    return { at: here, text: line }
  })
}
