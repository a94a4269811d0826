import { readFileSync } from 'node:fs'
import { compile, type MeshProxy } from '@meshwright/config-compiler'
import { type ConfigState, readConfig, type SourceFile } from '@meshwright/mesh-config'
import { describe, expect, test } from 'vitest'
import { router, sidecar } from '../../packages/config-compiler/test/mesh.ts'
import type { Field } from '../../packages/mesh-config/src/field.ts'
import { verdictOn } from '../../packages/mesh-config/src/kinds.ts'
import { parseTree } from '../../packages/mesh-config/src/parse-tree.ts'
import { splitDocuments } from '../../packages/mesh-config/src/split-documents.ts'
import { plainFrom } from '../../packages/mesh-config/src/tree.ts'

/**
 * A field that the reader lets pass without a word must change what some proxy is told, and one
 * that draws a warning must not. A mesh of witnesses uses every field; each is taken away in turn.
 */

const kinds: readonly (readonly [apiVersion: string, kind: string])[] = [
  ['networking.istio.io/v1', 'VirtualService'],
  ['networking.istio.io/v1', 'DestinationRule'],
  ['networking.istio.io/v1', 'Gateway'],
  ['networking.istio.io/v1', 'ServiceEntry'],
  ['networking.istio.io/v1', 'WorkloadEntry'],
  ['networking.istio.io/v1', 'Sidecar'],
  ['v1', 'Service'],
  ['discovery.k8s.io/v1', 'EndpointSlice'],
  ['v1', 'Endpoints'],
  ['mesh.istio.io/v1alpha1', 'MeshConfig'],
]

function tableOf(apiVersion: string, kind: string): Field<unknown> {
  const verdict = verdictOn(apiVersion, kind)
  if (verdict.kind !== 'known') throw new Error(`${kind}: ${verdict.kind}`)
  return verdict.root
}

type Path = readonly (string | number)[]
type Json = Readonly<Record<string, unknown>>

interface Use {
  /** `Message.field`. */
  readonly field: string
  readonly path: Path
  readonly document: number
}

interface Uses {
  readonly silent: Use[]
  readonly warned: Use[]
}

/** Draws a warning or an error. One that does so for some values only is judged by nobody here. */
const isMarked = ({ mark }: Field<unknown>): boolean =>
  mark !== undefined && mark.kind !== 'deprecated'

/** What names, places and versions a resource is no business of a proxy. */
const ofEveryResource = new Set(['apiVersion', 'kind', 'metadata'])

/** The fields of a table that the reader does not always complain about. */
function silentFields(field: Field<unknown>, found = new Set<string>()): ReadonlySet<string> {
  const { shape } = field
  if (shape.kind === 'list') silentFields(shape.item, found)
  if (shape.kind === 'map') silentFields(shape.value, found)
  if (shape.kind !== 'message') return found
  for (const [name, inner] of Object.entries(shape.fields)) {
    const key = `${shape.name}.${name}`
    if (found.has(key) || isMarked(inner) || ofEveryResource.has(name)) continue
    found.add(key)
    silentFields(inner, found)
  }
  return found
}

type Place = Omit<Use, 'field'>

const below = (at: Place, step: string | number): Place => ({ ...at, path: [...at.path, step] })

/** Finds every use of a field in a value, none below a field that is marked. */
function collect({ shape }: Field<unknown>, value: unknown, at: Place, uses: Uses): void {
  for (const [step, entry] of entriesOf(value)) {
    const inner = fieldAt(shape, step)
    if (inner === undefined) continue
    const place = below(at, step)
    if (shape.kind === 'message') note(inner, { field: `${shape.name}.${step}`, ...place }, uses)
    if (!isMarked(inner)) collect(inner, entry, place, uses)
  }
}

function entriesOf(value: unknown): readonly (readonly [string | number, unknown])[] {
  if (Array.isArray(value)) return [...value.entries()]
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

function fieldAt(
  shape: Field<unknown>['shape'],
  step: string | number,
): Field<unknown> | undefined {
  switch (shape.kind) {
    case 'list':
      return shape.item
    case 'map':
      return shape.value
    case 'message':
      return ofEveryResource.has(String(step)) ? undefined : shape.fields[step]
    default:
      return undefined
  }
}

function note(field: Field<unknown>, use: Use, uses: Uses): void {
  if (!isMarked(field)) uses.silent.push(use)
  else if (field.mark?.when === undefined) uses.warned.push(use)
}

const read = (name: string): string =>
  readFileSync(new URL(`honoured/${name}`, import.meta.url), 'utf8')

const witnesses: readonly Json[] = ['mesh', 'services', 'routes', 'policies', 'sidecars'].flatMap(
  (name) =>
    splitDocuments(read(`${name}.yaml`)).map(({ text }) => {
      const { tree } = parseTree(text)
      if (tree === undefined) throw new Error(`${name}: ${text}`)
      return plainFrom(tree) as Json
    }),
)

const files = (documents: readonly Json[]): readonly SourceFile[] =>
  documents.map((document, index) => ({
    path: `${index}.json`,
    text: JSON.stringify(document),
  }))

const near = { region: 'r1', zone: 'z1', subZone: 's1' }
const client = { app: 'client' }
const proxies: readonly MeshProxy[] = [
  sidecar({ labels: client, locality: near }),
  sidecar({ labels: client, locality: near, client: 'meshwright', interceptionMode: 'REDIRECT' }),
  sidecar({ labels: { app: 'narrow' }, interceptionMode: 'REDIRECT' }),
  sidecar({ namespace: 'other', domain: 'other.svc.cluster.local' }),
  sidecar({ ipAddresses: ['10.2.0.1'], namespace: 'elsewhere' }),
  sidecar({ labels: client, client: 'grpc', locality: near }),
  router(),
  router({ labels: { istio: 'nobody' }, namespace: 'root' }),
  withoutMode(),
]

function withoutMode(): MeshProxy {
  const { interceptionMode, ...rest } = sidecar({ labels: client })
  return rest
}

/** What all proxies are told, or nothing if the reader refuses the documents. */
function told(documents: readonly Json[], previous?: ConfigState): string | undefined {
  const { snapshot } = readConfig(files(documents), previous && { previous })
  // Where a resource was written is no part of what it says.
  return snapshot && JSON.stringify(proxies.map((proxy) => compile(snapshot, proxy)))
}

function without(document: unknown, [step, ...rest]: Path): unknown {
  if (step === undefined) return document
  if (Array.isArray(document)) {
    return document.map((item, index) => (index === step ? without(item, rest) : item))
  }
  const entries = Object.entries(document as Json)
  if (rest.length === 0) return Object.fromEntries(entries.filter(([name]) => name !== step))
  return Object.fromEntries(
    entries.map(([name, item]) => [name, name === step ? without(item, rest) : item]),
  )
}

const uses: Uses = { silent: [], warned: [] }
for (const [document, witness] of witnesses.entries()) {
  const { apiVersion, kind } = witness
  collect(tableOf(String(apiVersion), String(kind)), witness, { document, path: [] }, uses)
}
const { state } = readConfig(files(witnesses))
const whole = told(witnesses, state)

/** Whether a proxy, or at least the reader, misses a field where it is used. */
function isMissed({ document, path }: Use): boolean {
  const less = witnesses.map((witness, index) =>
    index === document ? (without(witness, path) as Json) : witness,
  )
  return told(less, state) !== whole
}

interface Exception {
  /** `Message.field`, or `Message.*`. */
  readonly field: string
  readonly reason: string
}

const exceptions: readonly Exception[] = JSON.parse(read('exceptions.json'))
const isExcepted = (field: string): boolean =>
  exceptions.some(
    (exception) => exception.field === field || exception.field === field.replace(/\.\w+$/, '.*'),
  )

const silent = new Set(kinds.flatMap((kind) => [...silentFields(tableOf(...kind))]))
const missed = new Set<string>()
for (const use of uses.silent) if (!missed.has(use.field) && isMissed(use)) missed.add(use.field)

describe('a field that draws no warning', () => {
  test('is used by a witness', () => {
    expect(
      readConfig(files(witnesses)).diagnostics.filter((it) => it.severity === 'error'),
    ).toEqual([])
    const used = new Set(uses.silent.map(({ field }) => field))
    expect([...silent].filter((field) => !used.has(field) && !isExcepted(field))).toEqual([])
  })

  test('changes what some proxy is told', () => {
    const idle = [...new Set(uses.silent.map(({ field }) => field))].filter(
      (field) => !missed.has(field),
    )
    expect(idle.filter((field) => !isExcepted(field))).toEqual([])
  })
})

test('a field that always draws a warning changes nothing', () => {
  expect(uses.warned.filter(isMissed).map(({ field }) => field)).toEqual([])
})

test.each(exceptions)(
  'the exception of $field is needed, and has a reason',
  ({ field, reason }) => {
    const covers = (name: string): boolean =>
      field === name || (field.endsWith('.*') && name.startsWith(field.slice(0, -1)))

    expect(reason.length).toBeGreaterThan(10)
    expect([...silent].filter(covers)).not.toEqual([])
    expect([...missed].filter(covers)).toEqual([])
  },
)
