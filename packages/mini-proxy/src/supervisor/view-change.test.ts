import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ProxyView, viewOf } from '../view.ts'
import { changedView, changeOf } from './view-change.ts'

const views = fc
  .uniqueArray(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), backlog: fc.nat(3) }), {
    selector: (it) => it.name,
  })
  .map((list) =>
    viewOf({
      listeners: list.map(({ name, backlog }) => ({ name, tcpBacklogSize: backlog })),
      secrets: list.map(({ name, backlog }) => ({
        name,
        tlsCertificate: { password: { inlineString: `${backlog}` } },
      })),
      staticSecrets: list.slice(1).map(({ name }) => ({ name })),
    }),
  )

function plain(view: ProxyView): object {
  const { listeners, secrets = [], staticSecrets = [] } = view
  return {
    listeners: [...listeners].sort(),
    secrets: [...secrets].sort(),
    staticSecrets: [...staticSecrets].sort(),
  }
}

test('a change leads from any view to any other, across processes', () => {
  fc.assert(
    fc.property(views, views, fc.boolean(), (before, after, whole) => {
      const change = structuredClone(changeOf(before, after, whole))

      expect(plain(changedView(before, change))).toEqual(plain(after))
    }),
    { numRuns: 1000, seed: 1 },
  )
})

test('what stays as it was stays the same object, also when all is sent again', () => {
  const before = viewOf({ listeners: [{ name: 'a' }, { name: 'b' }] })
  const after = viewOf({ listeners: [{ name: 'a' }, { name: 'b', tcpBacklogSize: 1 }] })

  const next = changedView(before, structuredClone(changeOf(viewOf({}), after, true)))

  expect(next.listeners.get('a')).toBe(before.listeners.get('a'))
  expect(next.listeners.get('b')).not.toBe(before.listeners.get('b'))
})
