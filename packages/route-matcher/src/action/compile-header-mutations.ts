import type { HeaderValueOptionJson } from '../config/config.ts'
import { enumName } from '../config/enum-name.ts'
import { type Findings, fault } from '../config/findings.ts'
import type { HeaderAddition, HeaderAppendAction, HeaderMutations } from './header-mutations.ts'

/** The four fields that a level of the configuration changes headers by. */
export interface HeaderFields {
  readonly requestHeadersToAdd?: readonly HeaderValueOptionJson[]
  readonly requestHeadersToRemove?: readonly string[]
  readonly responseHeadersToAdd?: readonly HeaderValueOptionJson[]
  readonly responseHeadersToRemove?: readonly string[]
}

/** What one level does to both directions. */
export interface LevelMutations {
  readonly request: HeaderMutations
  readonly response: HeaderMutations
}

/** Of the many levels that change nothing, all are this one. */
export const noMutations: LevelMutations = {
  request: { remove: [], add: [] },
  response: { remove: [], add: [] },
}

/** Compiles one level; pseudo-headers and the host are not for mutations to touch. */
export function compileHeaderMutations(
  fields: HeaderFields,
  path: string,
  findings: Findings,
): LevelMutations {
  if (sides.every((side) => fields[side] === undefined)) return noMutations
  const direction = (side: 'request' | 'response'): HeaderMutations => {
    const add = fields[`${side}HeadersToAdd`] ?? []
    const remove = fields[`${side}HeadersToRemove`] ?? []
    const at = path === '' ? side : `${path}.${side}`
    return {
      remove: remove.map((name, i) => headerName(name, `${at}HeadersToRemove[${i}]`, findings)),
      add: add.map((option, i) => compileAddition(option, `${at}HeadersToAdd[${i}]`, findings)),
    }
  }
  return { request: direction('request'), response: direction('response') }
}

const sides = [
  'requestHeadersToAdd',
  'requestHeadersToRemove',
  'responseHeadersToAdd',
  'responseHeadersToRemove',
] as const satisfies readonly (keyof HeaderFields)[]

/** The levels that change something in one direction. */
export function usedLevels(
  levels: readonly LevelMutations[],
  side: keyof LevelMutations,
): readonly HeaderMutations[] {
  if (levels.length === 0) return none
  return levels
    .map((level) => level[side])
    .filter(({ add, remove }) => add.length > 0 || remove.length > 0)
}

const none: readonly HeaderMutations[] = []

/** Compiles one header to add. */
export function compileAddition(
  option: HeaderValueOptionJson,
  path: string,
  findings: Findings,
): HeaderAddition {
  const name = headerName(option.header?.key ?? '', `${path}.header.key`, findings)
  return {
    name,
    // Envoy, too, takes `value` alone: a `raw_value` beside it or in its place does nothing, and is warned of.
    value: option.header?.value ?? '',
    action: appendAction(option, path, findings),
    keepEmptyValue: option.keepEmptyValue === true,
  }
}

/** The older `append` decides where it is given; another `append_action` than the default may not stand beside it. */
function appendAction(
  option: HeaderValueOptionJson,
  path: string,
  findings: Findings,
): HeaderAppendAction {
  const named = enumName(option.appendAction, appendActions, `${path}.appendAction`, findings)
  if (option.append !== undefined) {
    if (named !== '' && named !== appendActions[0]) {
      fault(findings, path, `expected append or appendAction, got append and ${named}`)
    }
    return option.append ? 'APPEND_IF_EXISTS_OR_ADD' : 'OVERWRITE_IF_EXISTS_OR_ADD'
  }
  return named || appendActions[0]
}

const appendActions = [
  'APPEND_IF_EXISTS_OR_ADD',
  'ADD_IF_ABSENT',
  'OVERWRITE_IF_EXISTS_OR_ADD',
  'OVERWRITE_IF_EXISTS',
] as const

/** The lower-case name of a header that may be changed. */
export function headerName(name: string, path: string, findings: Findings): string {
  const lower = name.toLowerCase()
  if (lower === '') fault(findings, path, 'expected the name of a header, got none')
  if (lower.startsWith(':') || lower === 'host') {
    fault(findings, path, `expected neither a pseudo-header nor host, got ${JSON.stringify(name)}`)
  }
  return lower
}
