import type { SourceFile } from '@meshwright/mesh-config'
import { MeshTestError } from '../errors.ts'
import { isObject, type JsonObject } from '../json.ts'
import { yamlDocuments } from '../yaml-documents.ts'

/** One case of a test file of istio-config-validator. */
export interface ValidatorTest {
  readonly description: string
  /** Whether the route is to be as expected, or anything else. Default: false, as there. */
  readonly wantMatch: boolean
  /** Every combination of the hosts, methods and paths of the case. */
  readonly requests: readonly ValidatorRequest[]
  readonly headers: Readonly<Record<string, string>>
  /** Parts of an HTTPRoute as Istio writes them; what is absent is not looked at. */
  readonly expected: Readonly<Partial<Record<ValidatorField, unknown>>>
  readonly file: string
}

/** One request of a case. */
export interface ValidatorRequest {
  readonly authority: string
  readonly method: string
  readonly uri: string
}

/** What of a route a case may expect. */
export type ValidatorField = (typeof validatorFields)[number]

/** In the order in which they are compared. */
export const validatorFields = [
  'delegate',
  'route',
  'rewrite',
  'fault',
  'headers',
  'redirect',
] as const

/** A case that stands for more requests is refused: its lists multiply. */
const maxRequests = 10_000

/**
 * Reads a test file of istio-config-validator: a list `testCases` in each YAML document.
 *
 * @throws {MeshTestError} if it is not of that form or has no test; it names file, line and column, or the case.
 *
 * @see https://github.com/getyourguide/istio-config-validator/blob/main/docs/test-cases.md
 */
export function readValidatorTests(file: SourceFile): readonly ValidatorTest[] {
  const tests = yamlDocuments(file, 'ERR_MESH_TEST_SUITE').flatMap(({ value }) => {
    if (value === null) return []
    const cases = member(value, 'testCases')
    if (!Array.isArray(cases)) throw suiteFault(`${file.path}: expected a list testCases, got none`)
    return cases.map((given: unknown, at) => testFrom(given, file.path, `testCases[${at}]`))
  })
  if (tests.length === 0) throw suiteFault(`${file.path}: expected at least one test, got none`)
  return tests
}

function testFrom(given: unknown, file: string, place: string): ValidatorTest {
  const request = member(given, 'request')
  const description = member(given, 'description')
  const headers = member(request, 'headers') ?? {}
  if (!isTexts(headers)) throw suiteFault(`${file}: expected texts in ${place}.request.headers`)
  const part = (name: string): readonly string[] => {
    const list = member(request, name)
    if (isTextList(list) && list.length > 0) return list
    throw suiteFault(`${file}: expected a list of texts in ${place}.request.${name}`)
  }
  const [authorities, methods, uris] = [part('authority'), part('method'), part('uri')]
  const count = authorities.length * methods.length * uris.length
  if (count > maxRequests) {
    throw suiteFault(`${file}: expected at most ${maxRequests} requests in ${place}, got ${count}`)
  }
  return {
    description: typeof description === 'string' ? description : place,
    wantMatch: member(given, 'wantMatch') === true,
    requests: uris.flatMap((uri) =>
      authorities.flatMap((authority) => methods.map((method) => ({ authority, method, uri }))),
    ),
    headers,
    expected: Object.fromEntries(
      validatorFields
        .map((name) => [name, member(given, name)] as const)
        .filter(([, value]) => value !== undefined && value !== null),
    ),
    file,
  }
}

/** A member by its name in any case: so reads the decoder of the tool itself. */
function member(value: unknown, name: string): unknown {
  if (!isObject(value)) return undefined
  const key = Object.keys(value).find((one) => one.toLowerCase() === name.toLowerCase())
  return key === undefined ? undefined : value[key]
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return (
    isObject(value) && Object.values(value as JsonObject).every((one) => typeof one === 'string')
  )
}

function suiteFault(message: string): MeshTestError {
  return new MeshTestError(message, { code: 'ERR_MESH_TEST_SUITE' })
}
