import type { HeaderValueOptionJson } from '@meshwright/route-matcher'
import { type Change, dropped, within, withinEach } from './change.ts'

interface HeaderLevel {
  readonly requestHeadersToAdd?: readonly HeaderValueOptionJson[]
  readonly requestHeadersToRemove?: readonly string[]
  readonly responseHeadersToAdd?: readonly HeaderValueOptionJson[]
  readonly responseHeadersToRemove?: readonly string[]
}

/** Each header mutation of a route or of a weighted cluster dropped. */
export function* droppedMutations<T extends HeaderLevel>(level: T): Generator<Change<T>> {
  for (const key of ['requestHeadersToAdd', 'responseHeadersToAdd'] as const) {
    const added: readonly HeaderValueOptionJson[] = level[key] ?? []
    const changes = withinEach(added, ({ header }) => [
      dropped('dropped-header-mutation', `${key} ${header?.key}`),
    ])
    yield* asMember(level, key, changes)
  }
  for (const key of ['requestHeadersToRemove', 'responseHeadersToRemove'] as const) {
    const removed: readonly string[] = level[key] ?? []
    const changes = withinEach(removed, (name) => [
      dropped('dropped-header-mutation', `${key} ${name}`),
    ])
    yield* asMember(level, key, changes)
  }
}

/** As `within`, for a key whose type a generic level hides. */
function* asMember<T extends HeaderLevel, K extends keyof HeaderLevel>(
  level: T,
  key: K,
  changes: Iterable<Change<HeaderLevel[K]>>,
): Generator<Change<T>> {
  for (const change of within<HeaderLevel, K>(level, key, changes)) {
    yield { ...change, value: { ...level, ...change.value } }
  }
}
