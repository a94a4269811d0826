import { MeshTestError } from '../errors.ts'
import { isObject } from '../json.ts'
import { parseProtoDuration } from '../proto-duration.ts'
import { mergedMetadata } from './dynamic-metadata.ts'
import { FieldReader } from './field-reader.ts'
import { type ParsedText, parseYaml } from './parsed-text.ts'
import type {
  HeaderMatch,
  HeaderPair,
  RouteMetadataAssertion,
  RouterTest,
  RouterTestAssertion,
  RouterTestFile,
  RouterTestInput,
} from './router-test.ts'
import { parseTextProtoTests } from './value-of-text-proto.ts'

/** The draw is cut to an int by Envoy's tool, and what is above comes out negative there. */
const maxRandom = 2_147_483_647

/**
 * Reads a file of router check tests: `.json`, `.yaml` or `.yml`, or protobuf's text format (`.pb_text`, `.textproto`,
 * `.txtpb`, `.prototxt`). Fields in either spelling.
 *
 * @param path Tells the format by its ending, and stands before every message.
 * @throws {MeshTestError} `ERR_MESH_TEST_SUITE`, with line and column, for the first thing that is wrong.
 */
export function readRouterTests(path: string, text: string): RouterTestFile {
  const source = parse(path, text)
  const file = new FieldReader(source, [], source.value, ['tests', 'runtime'])
  // Envoy's tool loads these for limits of its own that mean nothing here; no route depends on them.
  file.message('runtime')
  const tests = file.list('tests', ['testName', 'input', 'validate']).map(testOf)
  if (tests.length === 0) file.fail('expected at least one test, got none', 'tests')
  return { tests }
}

function parse(path: string, text: string): ParsedText {
  const [, ending = ''] = /\.([^./\\]+)$/.exec(path) ?? []
  if (/^(?:json|ya?ml)$/i.test(ending)) return parseYaml(path, text)
  if (/^(?:pb_text|textproto|txtpb|prototxt)$/i.test(ending)) return parseTextProtoTests(path, text)
  throw new MeshTestError(
    `expected a file of tests that ends in .json, .yaml, .yml or .pb_text, got ${path}`,
    { code: 'ERR_MESH_TEST_SUITE' },
  )
}

function testOf(test: FieldReader): RouterTest {
  return {
    name: test.text('testName', 1),
    input: inputOf(test.required('input', inputFields)),
    validate: assertionOf(test.required('validate', assertionFields)),
  }
}

const inputFields = [
  'authority',
  'path',
  'method',
  'randomValue',
  'ssl',
  'internal',
  'runtime',
  'additionalRequestHeaders',
  'additionalResponseHeaders',
  'dynamicMetadata',
]

function inputOf(input: FieldReader): RouterTestInput {
  return {
    authority: input.text('authority', 1),
    path: input.text('path', 1),
    // Envoy's tool has no shorter one.
    method: input.text('method', 3),
    random: input.optionalCount('randomValue', maxRandom) ?? 0,
    ssl: input.flag('ssl'),
    internal: input.flag('internal'),
    runtime: input.text('runtime'),
    requestHeaders: headersOf(input, 'additionalRequestHeaders'),
    responseHeaders: headersOf(input, 'additionalResponseHeaders'),
    metadata: mergedMetadata(
      input
        .list('dynamicMetadata', ['metadataNamespace', 'value', 'typedValue', 'allowOverwrite'])
        .map((entry) => ({
          namespace: entry.text('metadataNamespace', 1),
          value: entry.message('value'),
          allowOverwrite: entry.flag('allowOverwrite'),
        })),
    ),
  }
}

const assertionFields = [
  'clusterName',
  'virtualClusterName',
  'virtualHostName',
  'pathRewrite',
  'hostRewrite',
  'pathRedirect',
  'codeRedirect',
  'timeout',
  'routeMetadata',
  'requestHeaderFields',
  'responseHeaderFields',
  'requestHeaderMatches',
  'responseHeaderMatches',
]

const maxStatus = 4_294_967_295

function assertionOf(validate: FieldReader): RouterTestAssertion {
  return {
    clusterName: validate.optionalText('clusterName'),
    virtualClusterName: validate.optionalText('virtualClusterName'),
    virtualHostName: validate.optionalText('virtualHostName'),
    pathRewrite: validate.optionalText('pathRewrite'),
    hostRewrite: validate.optionalText('hostRewrite'),
    pathRedirect: validate.optionalText('pathRedirect'),
    codeRedirect: validate.optionalCount('codeRedirect', maxStatus),
    timeoutMs: timeoutOf(validate),
    routeMetadata: validate
      .list('routeMetadata', ['namespace', 'key', 'value'])
      .map(routeMetadataOf),
    requestHeaderFields: headersOf(validate, 'requestHeaderFields'),
    responseHeaderFields: headersOf(validate, 'responseHeaderFields'),
    requestHeaderMatches: matchesOf(validate, 'requestHeaderMatches'),
    responseHeaderMatches: matchesOf(validate, 'responseHeaderMatches'),
  }
}

function timeoutOf(validate: FieldReader): number | undefined {
  if (!validate.has('timeout')) return undefined
  const ms = parseProtoDuration(validate.value('timeout'))
  return ms ?? validate.fail('expected a duration such as "1.5s"', 'timeout')
}

function routeMetadataOf(entry: FieldReader): RouteMetadataAssertion {
  return {
    namespace: entry.text('namespace', 1),
    key: entry.text('key', 1),
    value: entry.value('value') ?? '',
  }
}

function headersOf(owner: FieldReader, name: string): readonly HeaderPair[] {
  return owner
    .list(name, ['key', 'value'])
    .map((header) => [header.text('key', 1), header.text('value')])
}

function matchesOf(owner: FieldReader, name: string): readonly HeaderMatch[] {
  return owner
    .items(name)
    .map((item) => (isObject(item) ? item : owner.fail('expected objects in it', name)))
}
