import { HeaderMatcher, type HeaderMatcherJson } from '@meshwright/xds-types/envoy/config/route/v3'
import { camelCaseRoutes } from '../camel-case-routes.ts'
import type { RouterCheckFailure } from './check-assertions.ts'
import type { RouterCheckCase, RouterCheckResult } from './check-router.ts'

/** Options of {@link resultMessage}. */
export interface ResultMessageOptions {
  /** Leave out the tests that passed. Default: false. */
  readonly onlyFailures?: boolean
}

/** The number of a field's expected value in `ValidationFailure`; that of its actual value is the next. */
const expectedFields: ReadonlyMap<string, number> = new Map([
  ['cluster_name', 1],
  ['virtual_cluster_name', 3],
  ['virtual_host_name', 5],
  ['host_rewrite', 7],
  ['path_rewrite', 9],
  ['path_redirect', 11],
  ['code_redirect', 13],
])
const requestHeaderFailures = 15
const responseHeaderFailures = 16

/**
 * The results as Envoy's router check tool writes them: a `ValidationResult` message of its `validation.proto` in the wire
 * format. Failed timeouts and route metadata have no place in it, save that the test is one that failed.
 */
export function resultMessage(
  { cases }: RouterCheckResult,
  { onlyFailures = false }: ResultMessageOptions = {},
): Uint8Array {
  const shown = onlyFailures ? cases.filter(({ ok }) => !ok) : cases
  return Buffer.concat(shown.map((each) => lengthDelimited(1, itemOf(each))))
}

function itemOf({ name, ok, failures }: RouterCheckCase): Uint8Array {
  return Buffer.concat([
    textFieldOf(1, name),
    ok ? Buffer.from([tag(2, 0), 1]) : lengthDelimited(3, Buffer.concat(failures.map(failureOf))),
  ])
}

function failureOf(failure: RouterCheckFailure): Uint8Array {
  const { field, expected, actual, header } = failure
  if (header !== undefined) return headerFailureOf(field, header)
  const number = expectedFields.get(field)
  if (number === undefined) return Buffer.alloc(0)
  const wrapped = field === 'code_redirect' ? numberValue : textValue
  return Buffer.concat([
    lengthDelimited(number, wrapped(expected)),
    lengthDelimited(number + 1, wrapped(actual)),
  ])
}

function headerFailureOf(
  field: string,
  { matcher, value }: NonNullable<RouterCheckFailure['header']>,
): Uint8Array {
  // It compiled, so that it is one.
  const json = camelCaseRoutes(matcher) as HeaderMatcherJson
  const number = field.startsWith('request') ? requestHeaderFailures : responseHeaderFailures
  return lengthDelimited(
    number,
    Buffer.concat([
      lengthDelimited(1, HeaderMatcher.encodeJson(json)),
      lengthDelimited(2, textValue(value)),
    ]),
  )
}

/** `google.protobuf.StringValue` */
function textValue(text: string): Uint8Array {
  return textFieldOf(1, text)
}

/** `google.protobuf.UInt32Value` */
function numberValue(text: string): Uint8Array {
  const number = Number(text)
  return number === 0 ? Buffer.alloc(0) : Buffer.from([tag(1, 0), ...varint(number)])
}

/** An empty text is a field's default, which is not written. */
function textFieldOf(number: number, text: string): Uint8Array {
  return text === '' ? Buffer.alloc(0) : lengthDelimited(number, Buffer.from(text, 'utf8'))
}

function lengthDelimited(number: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([...varint(tag(number, 2)), ...varint(bytes.length)]), bytes])
}

function tag(number: number, wireType: number): number {
  return number * 8 + wireType
}

function varint(value: number): readonly number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80)
  return [...bytes, rest]
}
