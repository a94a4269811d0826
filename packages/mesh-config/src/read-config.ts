import { Catalog, type KnownResources, type Located } from './catalog.ts'
import { compareText } from './compare-text.ts'
import type { Diagnostic } from './diagnostic.ts'
import { shared, sharedList } from './equal.ts'
import { defaultDomain } from './hosts.ts'
import type { KnownKind } from './kinds.ts'
import { type DocumentForm, type ReadDocument, readDocument } from './read-document.ts'
import { checkReferences } from './reference/check-references.ts'
import {
  type DeclaredService,
  declaredServices,
  snapshotServices,
} from './service/mesh-services.ts'
import type { Resource, Snapshot } from './snapshot.ts'
import type { MeshConfig } from './spec/mesh-config.ts'
import { splitDocuments } from './split-documents.ts'

/** A file of configuration, already in memory. */
export interface SourceFile {
  /** As diagnostics shall name it. A file called `mesh.yaml` may hold a bare mesh configuration. */
  readonly path: string
  /** YAML, any number of documents, or JSON. */
  readonly text: string
}

/** How configuration is read. */
export interface ReadOptions {
  /** What an earlier reading left: unchanged documents are not parsed again. */
  readonly previous?: ConfigState
  /** The domain of the cluster. Default: `cluster.local`. */
  readonly domain?: string
  /**
   * What becomes of settings that protect and are not enforced: `refuse` them, or `warn` of them, for
   * a reader who lets no traffic through. What routes depend on is refused either way. Default: `refuse`.
   */
  readonly unenforced?: 'refuse' | 'warn'
}

/** What a reading leaves for the next. Opaque: pass it on as it is. */
export interface ConfigState {
  /** @internal */
  readonly documents: ReadonlyMap<string, ReadDocument>
  /** @internal */
  readonly resources: KnownResources
  /** @internal */
  readonly snapshot: Snapshot | undefined
}

/** What was read. */
export interface ReadResult {
  /** All of the configuration; `undefined` if anything in it is an error. */
  readonly snapshot: Snapshot | undefined
  /** Every fault of every file, in order of file, line and column. */
  readonly diagnostics: readonly Diagnostic[]
  readonly state: ConfigState
}

/**
 * Reads all configuration of a mesh at once.
 *
 * Never throws for what files contain. One error anywhere refuses the whole: a snapshot is complete
 * or it is not there. Warnings refuse nothing.
 */
export function readConfig(files: readonly SourceFile[], options: ReadOptions = {}): ReadResult {
  const { previous, domain = defaultDomain, unenforced = 'refuse' } = options
  const documents = new Map<string, ReadDocument>()
  const catalog = new Catalog(previous?.resources ?? new Map())
  for (const file of files) addFile(file, { catalog, documents, previous })
  const mesh = meshOf(catalog)
  const exportTo = mesh.defaultServiceExportTo ?? ['*']
  const declared = declaredServices(catalog, { domain, exportTo })
  const services = declared.map(({ service }) => service)
  checkReferences(catalog, { services, mesh, domain })
  const snapshot = snapshotFrom(catalog, { mesh, declared, before: previous?.snapshot })
  const found = sorted(catalog.diagnostics, files)
  const diagnostics = unenforced === 'warn' ? found.map(tolerated) : found
  const good = diagnostics.every(({ severity }) => severity !== 'error')
  const state: ConfigState = {
    documents,
    resources: good ? catalog.resources : (previous?.resources ?? catalog.resources),
    snapshot: good ? snapshot : previous?.snapshot,
  }
  return { snapshot: good ? snapshot : undefined, diagnostics, state }
}

interface Reading {
  readonly catalog: Catalog
  readonly documents: Map<string, ReadDocument>
  readonly previous: ConfigState | undefined
}

function addFile({ path, text }: SourceFile, { catalog, documents, previous }: Reading): void {
  const form: DocumentForm = /(?:^|[/\\])mesh\.(?:ya?ml|json)$/.test(path) ? 'mesh' : 'resource'
  // A byte order mark is no part of the first document.
  const whole = text.startsWith('\ufeff') ? text.slice(1) : text
  for (const { text: piece, line } of splitDocuments(whole)) {
    const key = `${form}:${piece}`
    const document = documents.get(key) ?? previous?.documents.get(key) ?? readDocument(piece, form)
    documents.set(key, document)
    catalog.add({ file: path, line, document })
  }
}

const noMesh: MeshConfig = Object.freeze({})

function meshOf(catalog: Catalog): MeshConfig {
  return catalog.of<MeshConfig>('MeshConfig')[0]?.resource.spec ?? noMesh
}

function snapshotFrom(
  catalog: Catalog,
  parts: { mesh: MeshConfig; declared: readonly DeclaredService[]; before: Snapshot | undefined },
): Snapshot {
  const { mesh, declared, before } = parts
  const list = <S>(
    kind: KnownKind,
    known: readonly Resource<S>[] | undefined,
  ): readonly Resource<S>[] => sharedList(known, resourcesOf(catalog.of<S>(kind)))
  const after: Snapshot = Object.freeze({
    mesh: shared(before?.mesh, mesh),
    services: snapshotServices(declared, before?.services),
    virtualServices: list('VirtualService', before?.virtualServices),
    destinationRules: list('DestinationRule', before?.destinationRules),
    gateways: list('Gateway', before?.gateways),
    sidecars: list('Sidecar', before?.sidecars),
    serviceEntries: list('ServiceEntry', before?.serviceEntries),
    workloadEntries: list('WorkloadEntry', before?.workloadEntries),
  })
  return before !== undefined && sameParts(before, after) ? before : after
}

function resourcesOf<S>(all: readonly Located<S>[]): readonly Resource<S>[] {
  return all.map(({ resource }) => resource)
}

function sameParts(before: Snapshot, after: Snapshot): boolean {
  return (Object.keys(after) as (keyof Snapshot)[]).every((part) => before[part] === after[part])
}

function tolerated(diagnostic: Diagnostic): Diagnostic {
  return diagnostic.code === 'ERR_CONFIG_NOT_ENFORCED'
    ? { ...diagnostic, code: 'WARN_CONFIG_NOT_ENFORCED', severity: 'warning' }
    : diagnostic
}

function sorted(
  diagnostics: readonly Diagnostic[],
  files: readonly SourceFile[],
): readonly Diagnostic[] {
  const order = new Map(files.map(({ path }, index) => [path, index] as const))
  return diagnostics.toSorted(
    (a, b) =>
      (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) ||
      a.line - b.line ||
      a.column - b.column ||
      compareText(a.code, b.code),
  )
}
