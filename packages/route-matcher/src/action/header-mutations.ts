/** What one level of the configuration (weighted cluster, route, virtual host, route configuration) does to headers. */
export interface HeaderMutations {
  /** Lower-case names, removed before anything is added. */
  readonly remove: readonly string[]
  readonly add: readonly HeaderAddition[]
}

/** One header that a level adds. */
export interface HeaderAddition {
  /** Lower-case. */
  readonly name: string
  /** A template: `%…%` operators are still in it. */
  readonly value: string
  readonly action: HeaderAppendAction
  /** Add the header even if its value comes out empty. */
  readonly keepEmptyValue: boolean
}

/** Envoy's four, by Envoy's names. */
export type HeaderAppendAction =
  | 'APPEND_IF_EXISTS_OR_ADD'
  | 'ADD_IF_ABSENT'
  | 'OVERWRITE_IF_EXISTS_OR_ADD'
  | 'OVERWRITE_IF_EXISTS'

/** Headers that can be changed; names are lower-case. */
export interface MutableHeaders {
  has(lowerName: string): boolean
  /** Replaces all values by one. */
  set(lowerName: string, value: string): void
  append(lowerName: string, value: string): void
  remove(lowerName: string): void
}

/**
 * Applies the levels in their order, each as Envoy does: remove, then evaluate every value on the headers as they are,
 * then overwrite, then append.
 */
export function applyHeaderMutations(
  levels: readonly HeaderMutations[],
  headers: MutableHeaders,
  format: (template: string) => string,
): void {
  for (const level of levels) applyLevel(level, headers, format)
}

function applyLevel(
  level: HeaderMutations,
  headers: MutableHeaders,
  format: (template: string) => string,
): void {
  for (const name of level.remove) headers.remove(name)
  const overwrite: [string, string][] = []
  const append: [string, string][] = []
  for (const { name, value: template, action, keepEmptyValue } of level.add) {
    const value = format(template)
    if (value === '' && !keepEmptyValue) continue
    if (!applies(action, headers.has(name))) continue
    if (overwrites.has(action)) overwrite.push([name, value])
    else append.push([name, value])
  }
  for (const [name, value] of overwrite) headers.set(name, value)
  for (const [name, value] of append) headers.append(name, value)
}

/** The actions that replace what is there. */
export const overwrites: ReadonlySet<HeaderAppendAction> = new Set([
  'OVERWRITE_IF_EXISTS_OR_ADD',
  'OVERWRITE_IF_EXISTS',
])

function applies(action: HeaderAppendAction, exists: boolean): boolean {
  if (action === 'ADD_IF_ABSENT') return !exists
  if (action === 'OVERWRITE_IF_EXISTS') return exists
  return true
}
