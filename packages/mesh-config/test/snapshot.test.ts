import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ConfigState, diff, readConfig, type Snapshot, type SourceFile } from '../src/index.ts'

const entry = (name: string, port: number): string => `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ${name}}
spec: {hosts: [${name}.test], resolution: STATIC, endpoints: [{address: 10.0.0.1}], ports: [{number: ${port}, name: http}]}
`
const rule = (name: string, choice: string): string => `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: ${name}}
spec: {host: ${name}.test, trafficPolicy: {loadBalancer: {simple: ${choice}}}}
`
const file = (...documents: readonly string[]): SourceFile[] => [
  { path: 'a.yaml', text: documents.join('---\n') },
]

function good(
  files: readonly SourceFile[],
  previous?: ConfigState,
): { snapshot: Snapshot; state: ConfigState } {
  const { snapshot, state, diagnostics } = readConfig(
    files,
    previous === undefined ? {} : { previous },
  )
  if (snapshot === undefined) throw new Error(JSON.stringify(diagnostics))
  return { snapshot, state }
}

function isFrozenThroughout(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return Object.isFrozen(value) && Object.values(value).every(isFrozenThroughout)
}

test('gives a snapshot that nobody can change', () => {
  const { snapshot } = good(file(entry('a', 80), rule('a', 'RANDOM')))

  expect(isFrozenThroughout(snapshot)).toBe(true)
})

test('gives the very same snapshot when nothing changed', () => {
  const first = good(file(entry('a', 80), entry('b', 80)))

  expect(good(file(entry('a', 80), entry('b', 80)), first.state).snapshot).toBe(first.snapshot)
})

test('shares everything but what changed', () => {
  const first = good(file(entry('a', 80), entry('b', 80), rule('a', 'RANDOM')))

  const second = good(file(entry('a', 80), entry('b', 81), rule('a', 'RANDOM')), first.state)

  expect(second.snapshot.destinationRules).toBe(first.snapshot.destinationRules)
  expect(second.snapshot.serviceEntries[0]).toBe(first.snapshot.serviceEntries[0])
  expect(second.snapshot.services[0]).toBe(first.snapshot.services[0])
  expect(second.snapshot.services[1]).not.toBe(first.snapshot.services[1])
})

test('does not parse an unchanged document again, even where it moved', () => {
  const first = good(file(entry('a', 80), entry('b', 80)))

  const second = good(file(entry('c', 80), entry('b', 80)), first.state)

  const spec = (snapshot: Snapshot) =>
    snapshot.serviceEntries.find(({ metadata }) => metadata.name === 'b')?.spec
  expect(spec(second.snapshot)).toBe(spec(first.snapshot))
})

test('keeps what was good across a bad change, so that mending it shares again', () => {
  const first = good(file(entry('a', 80)))

  const broken = readConfig(file(entry('a', 70_000)), { previous: first.state })
  const mended = good(file(entry('a', 80)), broken.state)

  expect(broken.snapshot).toBeUndefined()
  expect(mended.snapshot).toBe(first.snapshot)
})

test('tells what came, went and changed', () => {
  const before = good(file(entry('a', 80), entry('b', 80), rule('a', 'RANDOM'))).snapshot
  const after = good(file(entry('a', 80), entry('c', 80), rule('a', 'ROUND_ROBIN'))).snapshot

  expect(diff(before, after)).toEqual({
    mesh: false,
    isEmpty: false,
    resources: {
      added: [{ kind: 'ServiceEntry', namespace: 'default', name: 'c' }],
      changed: [{ kind: 'DestinationRule', namespace: 'default', name: 'a' }],
      removed: [{ kind: 'ServiceEntry', namespace: 'default', name: 'b' }],
    },
    services: {
      added: [{ hostname: 'c.test', namespace: 'default' }],
      changed: [],
      removed: [{ hostname: 'b.test', namespace: 'default' }],
    },
  })
})

test('finds no difference in a document that only moved to another line or file', () => {
  const before = good(file(entry('a', 80), entry('b', 80))).snapshot
  const after = good([
    { path: 'b.yaml', text: `# moved\n${entry('b', 80)}` },
    { path: 'a.yaml', text: entry('a', 80) },
  ]).snapshot

  expect(diff(before, after).isEmpty).toBe(true)
})

test('a difference put on the old names gives the new ones, and reading on equals reading anew', () => {
  const world = fc.dictionary(
    fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    fc.integer({ min: 1, max: 3 }),
  )
  const files = (ports: Readonly<Record<string, number>>) =>
    file(...Object.entries(ports).map(([name, port]) => entry(name, port)))
  fc.assert(
    fc.property(world, world, (old, now) => {
      const before = good(files(old))
      const after = good(files(now), before.state)
      const changes = diff(before.snapshot, after.snapshot)
      const names = (keys: readonly { readonly name: string }[]) => keys.map(({ name }) => name)
      const { added, changed, removed } = changes.resources
      const applied = new Set([...Object.keys(old), ...names(added)])
      for (const name of names(removed)) applied.delete(name)

      expect([...applied].sort()).toEqual(Object.keys(now).sort())
      expect(names(changed)).toEqual(
        Object.keys(now)
          .filter((name) => name in old && old[name] !== now[name])
          .sort(),
      )
      expect(after.snapshot).toEqual(good(files(now)).snapshot)
      expect(diff(after.snapshot, after.snapshot).isEmpty).toBe(true)
      const back = diff(after.snapshot, before.snapshot)
      expect([back.resources.added, back.resources.removed]).toEqual([removed, added])
    }),
  )
})
