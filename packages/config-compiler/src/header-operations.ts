import type { HeaderOperations, Headers } from '@meshwright/mesh-config'
import type { HeaderValueOptionJson } from '@meshwright/xds-types/envoy/config/core/v3'
import { sortedBy } from './order.ts'
import { present } from './present.ts'

/** What a route, or one of its clusters, does to the headers. */
export interface HeaderMutations {
  readonly requestHeadersToAdd?: readonly HeaderValueOptionJson[]
  readonly requestHeadersToRemove?: readonly string[]
  readonly responseHeadersToAdd?: readonly HeaderValueOptionJson[]
  readonly responseHeadersToRemove?: readonly string[]
}

/** Envoy's mutations for the header operations of a route or a destination. */
export function headerMutations(headers: Headers | undefined): HeaderMutations {
  const requestHeadersToAdd = additions(headers?.request)
  const responseHeadersToAdd = additions(headers?.response)
  const requestHeadersToRemove = headers?.request?.remove ?? []
  const responseHeadersToRemove = headers?.response?.remove ?? []
  return {
    ...(requestHeadersToAdd.length > 0 && { requestHeadersToAdd }),
    ...(requestHeadersToRemove.length > 0 && { requestHeadersToRemove }),
    ...(responseHeadersToAdd.length > 0 && { responseHeadersToAdd }),
    ...(responseHeadersToRemove.length > 0 && { responseHeadersToRemove }),
  }
}

/** The host that a request is to carry, if its operations set the `Host` header. */
export function authorityOf(headers: Headers | undefined): string | undefined {
  const set = Object.entries(headers?.request?.set ?? {})
  return set.find(([name]) => isAuthority(name))?.[1]
}

/** Both mutations, the first one's first. */
export function joinMutations(first: HeaderMutations, second: HeaderMutations): HeaderMutations {
  return present({
    requestHeadersToAdd: joined(first.requestHeadersToAdd, second.requestHeadersToAdd),
    requestHeadersToRemove: joined(first.requestHeadersToRemove, second.requestHeadersToRemove),
    responseHeadersToAdd: joined(first.responseHeadersToAdd, second.responseHeadersToAdd),
    responseHeadersToRemove: joined(first.responseHeadersToRemove, second.responseHeadersToRemove),
  })
}

function joined<T>(
  first: readonly T[] | undefined,
  second: readonly T[] | undefined,
): readonly T[] | undefined {
  if (first === undefined || second === undefined) return first ?? second
  return [...first, ...second]
}

function additions(operations: HeaderOperations | undefined): readonly HeaderValueOptionJson[] {
  const set = sortedBy(Object.entries(operations?.set ?? {}), ([key]) => key)
  const add = sortedBy(Object.entries(operations?.add ?? {}), ([key]) => key)
  return [
    ...set
      .filter(([key]) => !isAuthority(key))
      .map(
        ([key, value]): HeaderValueOptionJson => ({
          header: { key, value },
          appendAction: 'OVERWRITE_IF_EXISTS_OR_ADD',
        }),
      ),
    ...add
      .filter(([key]) => !isAuthority(key))
      .map(([key, value]): HeaderValueOptionJson => ({ header: { key, value } })),
  ]
}

/** Envoy refuses to add these; they are rewritten instead. */
function isAuthority(name: string): boolean {
  const lower = name.toLowerCase()
  return lower === 'host' || lower === ':authority'
}
