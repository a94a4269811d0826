import { readFileSync } from 'node:fs'
import type { Field, MessageShape } from '../packages/mesh-config/src/field.ts'
import { verdictOn } from '../packages/mesh-config/src/kinds.ts'
import { codes, table } from './reference-table.ts'
import { literalsOf } from './source-literals.ts'

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

/** What no field's mark says, because it takes more than the field to see it. */
const byRule = [
  ['`tls` of traffic policies', '**refused**, unless `mode: DISABLE`'],
  ['`tls` of gateway servers', '`httpsRedirect` alone is honoured; anything else is **refused**'],
  ['matches and mirrors on `@request.auth.claims`', '**refused**: tokens are not checked'],
  ['`ServiceEntry.resolution: DYNAMIC_DNS`', 'an error: not supported'],
] as const

/** The page on what becomes of each field of Istio's and Kubernetes' resources, from the tables of mesh-config. */
export function istioFieldsPage(): string {
  const seen = new Set<MessageShape>()
  return [
    '# Istio fields',
    [
      'For someone who wants to know whether a field takes effect. Every field that the reader knows, by kind and message; any other',
      'field is an error. *Honoured* means that our control plane acts on it; whether a proxy can is its own affair: for ours see',
      '[Envoy resources](resources.md).',
    ].join('\n'),
    table(
      ['word', 'meaning'],
      [
        ['honoured', 'takes effect'],
        ['deprecated', 'takes effect; a warning names what to use instead'],
        ['no effect yet', 'read and checked, then a warning says that nothing comes of it'],
        [
          '**refused**',
          'it protects and is not enforced yet: an error, so that nothing fails open',
        ],
        ['… for some values', 'the values that ask for nothing, such as `false`, are fine'],
      ],
    ),
    'Beyond single fields:',
    table(['what', 'becomes'], byRule),
    '## Kinds',
    kindTable(),
    ...kinds.flatMap(([apiVersion, kind]) => kindSection(apiVersion, kind, seen)),
  ].join('\n\n')
}

function kindTable(): string {
  const source = readFileSync('packages/mesh-config/src/kinds.ts', 'utf8')
  const isKind = (text: string): boolean => /^[A-Z]/.test(text)
  return table(
    ['kinds', 'become'],
    [
      [codes([...kinds.map(([, kind]) => kind), 'Namespace']), 'read'],
      [codes(literalsOf(source, 'protecting').filter(isKind)), '**refused**'],
      [codes(literalsOf(source, 'unhonoured').filter(isKind)), 'no effect yet'],
      ["other kinds of Istio's API groups", 'errors'],
      ['kinds of others', 'ignored with a warning'],
    ],
  )
}

function kindSection(apiVersion: string, kind: string, seen: Set<MessageShape>): string[] {
  const verdict = verdictOn(apiVersion, kind)
  if (verdict.kind !== 'known')
    throw new Error(`expected ${kind} to be known, it is ${verdict.kind}`)
  const root = shapeOf(verdict.root)
  if (root === undefined) throw new Error(`expected ${kind} to be a message`)
  const spec = verdict.body === 'spec' ? root.fields['spec'] : verdict.root
  const sections: string[] = []
  addMessages(spec && shapeOf(spec), seen, sections)
  return [`## ${kind}`, ...sections]
}

function addMessages(
  shape: MessageShape | undefined,
  seen: Set<MessageShape>,
  sections: string[],
): void {
  if (shape === undefined || seen.has(shape)) return
  seen.add(shape)
  const rows = Object.entries(shape.fields)
    .filter(([name]) => !rootNames.has(name))
    .map(([name, field]) => [`\`${name}\``, typeOf(field), fateOf(field)])
  const dropped = Object.keys(shape.ignored)
  if (dropped.length > 0)
    rows.push([codes(dropped), '', 'checked, then dropped: means nothing to a mesh'])
  if (rows.length > 0) sections.push(`**${shape.name}**`, table(['field', 'type', 'becomes'], rows))
  for (const [name, field] of Object.entries(shape.fields)) {
    if (!rootNames.has(name) && takesEffect(field)) addMessages(shapeOf(field), seen, sections)
  }
}

/** Of every resource alike. */
const rootNames = new Set(['apiVersion', 'kind', 'metadata'])

/** What is in a field that has no effect has none either, whatever its own marks say. */
function takesEffect(field: Field<unknown>): boolean {
  const isMarked = field.mark !== undefined && field.mark.kind !== 'deprecated'
  return !isMarked && shapeOf(field)?.name !== 'ClientTLSSettings'
}

function shapeOf(field: Field<unknown>): MessageShape | undefined {
  const { shape } = field
  if (shape.kind === 'list') return shapeOf(shape.item)
  if (shape.kind === 'map') return shapeOf(shape.value)
  return shape.kind === 'message' ? shape : undefined
}

function typeOf({ shape }: Field<unknown>): string {
  switch (shape.kind) {
    case 'scalar':
      return shape.expects
    case 'list':
      return `list: ${typeOf(shape.item)}`
    case 'map':
      return `map: ${typeOf(shape.value)}`
    case 'message':
      return shape.name
    case 'struct':
      return 'any object'
  }
}

function fateOf(field: Field<unknown>): string {
  const { mark, required } = field
  if (shapeOf(field)?.name === 'ClientTLSSettings') return '**refused** for some values'
  const need = required === true ? ', required' : ''
  if (mark === undefined) return `honoured${need}`
  const some = mark.when === undefined ? '' : ' for some values'
  const words = {
    pending: `no effect yet${some}`,
    protects: `**refused**${some}`,
    deprecated: `deprecated: use \`${mark.instead ?? ''}\``,
  }
  return `${words[mark.kind]}${need}`
}
