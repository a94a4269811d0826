import type { Scope } from './scope.ts'

/** Makes a function of a virtual host that works once: its routes share what comes out, and its faults are noted once. */
export function oncePerHost<T>(compile: (scope: Scope) => T): (scope: Scope) => T {
  const known = new WeakMap<Scope, { readonly value: T }>()
  return (scope) => {
    const before = known.get(scope)
    if (before !== undefined) return before.value
    const value = compile(scope)
    known.set(scope, { value })
    return value
  }
}
