import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Field } from '../src/field.ts'
import { verdictOn } from '../src/kinds.ts'

const gateway = import.meta.resolve('@kubernetes-models/istio/networking.istio.io/v1/Gateway')
const folder = dirname(fileURLToPath(gateway))

/** Every name of a field in the types made from the CRD, the resource's status left out. */
function crdFields(kind: string): readonly string[] {
  const text = readFileSync(join(folder, `${kind}.d.ts`), 'utf8')
  const spec = text.slice(text.indexOf('"spec"'), text.indexOf('\n    "status"'))
  return [...new Set([...spec.matchAll(/^\s+"(\w+)"\??:/gm)].map(([, name = '']) => name))]
}

/** An old spelling of mirrorPercent, which the CRD keeps; we ask for the new one. */
const oldSpelling = 'mirror_percent'

function knownFields(field: Field<unknown>, found = new Set<string>()): ReadonlySet<string> {
  const { shape } = field
  if (shape.kind === 'list') knownFields(shape.item, found)
  if (shape.kind === 'map') knownFields(shape.value, found)
  if (shape.kind !== 'message') return found
  for (const [name, inner] of Object.entries(shape.fields)) {
    found.add(name)
    knownFields(inner, found)
  }
  return found
}

test.each([
  'DestinationRule',
  'Gateway',
  'ServiceEntry',
  'Sidecar',
  'VirtualService',
  'WorkloadEntry',
])('knows every field that the CRD of %s has', (kind) => {
  const verdict = verdictOn('networking.istio.io/v1', kind)
  if (verdict.kind !== 'known') throw new Error(verdict.kind)
  const known = knownFields(verdict.root)

  const fields = crdFields(kind)

  expect(fields.length).toBeGreaterThan(5)
  expect(fields.filter((name) => !known.has(name) && name !== oldSpelling)).toEqual([])
})
