import type { ExtensionJson } from '@meshwright/route-matcher'
import type { Formula } from './formulas.ts'
import { headerSubject } from './read-header-condition.ts'
import type { RequestParts } from './request-parts.ts'
import type { TextTest } from './text-test.ts'
import { typedConfig } from './typed-config.ts'

/** What a matcher tree looks at. What is not there passes no test. */
export interface TreeInput {
  passes(test: TextTest): Formula
  /** That something is true of it which the algebra does not hold; conditions of equal identity hold for the same requests. */
  unknown(description: string, identity: string): Formula
  /** Of an input of metadata: where it looks. */
  readonly metadata?: {
    readonly filter: string
    readonly path: readonly { readonly key: string }[]
  }
}

const network = 'envoy.extensions.matching.common_inputs.network.v3'

/** Reads the input of a predicate or of a tree. */
export function readTreeInput(
  input: ExtensionJson | undefined,
  parts: RequestParts,
  ignoreParameters: boolean,
): TreeInput {
  const { type, fields } = typedConfig(input?.typedConfig)
  switch (type) {
    case 'envoy.type.matcher.v3.HttpRequestHeaderMatchInput':
      return headerInput(String(fields['headerName']).toLowerCase(), parts, ignoreParameters)
    case `${network}.FilterStateInput`: {
      const key = String(fields['key'])
      const dimension = parts.filterState(key)
      return {
        passes: (test) => parts.passes(dimension, test),
        unknown: unknownOf(`filter state ${key}`, parts.present(dimension), parts),
      }
    }
    case `${network}.DynamicMetadataInput`:
      return { ...outside('metadata', input, parts), metadata: place(fields) }
    default:
      return outside(type.slice(type.lastIndexOf('.') + 1), input, parts)
  }
}

function headerInput(name: string, parts: RequestParts, ignoreParameters: boolean): TreeInput {
  const { present, passes } = headerSubject(name, parts, ignoreParameters)
  return { passes, unknown: unknownOf(`header ${name}`, present, parts) }
}

function place(fields: Readonly<Record<string, unknown>>): NonNullable<TreeInput['metadata']> {
  const path = (fields['path'] ?? []) as readonly { readonly key: string }[]
  return { filter: String(fields['filter']), path }
}

/** An input that is no part of requests as they are looked at here, such as an address, or a decoded parameter. */
function outside(name: string, input: ExtensionJson | undefined, parts: RequestParts): TreeInput {
  const { formulas } = parts.vocabulary
  const identity = JSON.stringify(input?.typedConfig)
  return {
    passes: ({ description }) =>
      formulas.unknown(`${name} ${description}`, `${identity} ${description}`),
    unknown: (description, more) =>
      formulas.unknown(`${name} ${description}`, `${identity} ${description} ${more}`),
  }
}

function unknownOf(name: string, present: Formula, parts: RequestParts): TreeInput['unknown'] {
  const { formulas } = parts.vocabulary
  return (description, identity) => {
    const reason = `${name} ${description}`
    return formulas.and([present, formulas.unknown(reason, `${reason} ${identity}`)])
  }
}
