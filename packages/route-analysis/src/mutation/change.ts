import type { MutantKind } from './mutant.ts'

/** One way to change a value; `undefined` takes it away. */
export interface Change<T> {
  readonly kind: MutantKind
  /** Where in the value, for example `headers[1].stringMatch.exact`; empty: the whole value. */
  readonly at: string
  /** In words. */
  readonly description: string
  readonly value: T
}

/** The changes of a member, as changes of the object that has it. */
export function* within<T extends object, K extends keyof T & string>(
  object: T,
  key: K,
  changes: Iterable<Change<T[K] | undefined>>,
): Generator<Change<T>> {
  for (const { kind, at, description, value } of changes) {
    const place = at === '' || at.startsWith('[') ? `${key}${at}` : `${key}.${at}`
    yield { kind, at: place, description, value: withMember(object, key, value) }
  }
}

/** The changes of each element, as changes of the list. */
export function* withinEach<T>(
  list: readonly T[],
  changesOf: (element: T, place: number) => Iterable<Change<T | undefined>>,
): Generator<Change<readonly T[]>> {
  for (const [i, element] of list.entries()) {
    for (const { kind, at, description, value } of changesOf(element, i)) {
      yield {
        kind,
        at: `[${i}]${at === '' || at.startsWith('[') ? at : `.${at}`}`,
        description,
        value: value === undefined ? list.toSpliced(i, 1) : list.with(i, value),
      }
    }
  }
}

/** A copy with another member, or without it. */
export function withMember<T extends object, K extends keyof T>(
  object: T,
  key: K,
  value: T[K] | undefined,
): T {
  const copy = { ...object }
  if (value === undefined) delete copy[key]
  else copy[key] = value
  return copy
}

/** The change that takes a value away. */
export function dropped(kind: MutantKind, what: string): Change<undefined> {
  return { kind, at: '', description: `${what} dropped`, value: undefined }
}
