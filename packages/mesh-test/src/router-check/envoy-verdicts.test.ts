import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type CheckRouterOptions, checkRouter, type RouterCheckResult } from './check-router.ts'
import { readRouteConfiguration } from './read-route-configuration.ts'
import { readRouterTests } from './read-router-tests.ts'

// The verdicts are those of Envoy's own `route_tests.sh` and `router_test.cc`; see the README beside the data.

const folder = new URL('../../../../test/fixtures/envoy-router-check/', import.meta.url)

function check(config: string, tests: string, options?: CheckRouterOptions): RouterCheckResult {
  const { configuration, file } = given(config, tests)
  return checkRouter(configuration, file, options)
}

function given(config: string, tests: string) {
  const configPath = fileURLToPath(new URL(config, folder))
  const testPath = fileURLToPath(new URL(tests, folder))
  return {
    configuration: readRouteConfiguration(configPath, readFileSync(configPath, 'utf8')),
    file: readRouterTests(testPath, readFileSync(testPath, 'utf8')),
  }
}

function lines({ cases }: RouterCheckResult): readonly string[] {
  return cases.flatMap(({ failures }) => failures.map(({ line }) => line))
}

/** What the tool passes, and of how many tests that is so. */
const passing = [
  ['ClusterHeader', 'ClusterHeader', 3],
  ['ClusterHeaderBootstrap', 'ClusterHeader', 3],
  ['ComprehensiveRoutes', 'ComprehensiveRoutes', 4],
  ['ContentType', 'ContentType', 3],
  ['DefaultRuntime', 'DefaultRuntime', 3],
  ['DetailedCoverage', 'DetailedCoverage', 2],
  ['DirectResponse', 'DirectResponse', 4],
  ['DynamicMetadata', 'DynamicMetadata', 10],
  ['HeaderMatchedRouting', 'HeaderMatchedRouting', 9],
  ['Redirect', 'Redirect', 10],
  ['Redirect2', 'Redirect2', 5],
  ['Redirect3', 'Redirect3', 2],
  ['Redirect4', 'Redirect4', 2],
  ['Runtime', 'Runtime', 7],
  ['TestRoutes', 'TestRoutes', 33],
  ['Timeout', 'Timeout', 2],
  ['Weighted', 'Weighted', 7],
] as const

describe("Envoy's own tests", () => {
  test.each(passing)('%s with the tests of %s passes all %i', (config, tests, count) => {
    const result = check(`${config}.yaml`, `${tests}.golden.proto.json`)
    expect(lines(result)).toEqual([])
    expect([result.passed, result.failed]).toEqual([count, 0])
  })

  test('tests in YAML and in text format pass as those in JSON do', () => {
    expect(check('Weighted.yaml', 'Weighted.golden.proto.yaml')).toMatchObject({
      passed: 4,
      failed: 0,
    })
    expect(check('Weighted.yaml', 'Weighted.golden.proto.pb_text')).toMatchObject({
      passed: 2,
      failed: 0,
    })
  })

  test.each(passing)('a fault put into %s does not pass the tests of %s', (config, tests) => {
    const { configuration, file } = given(`${config}.yaml`, `${tests}.golden.proto.json`)
    const moved = JSON.parse(
      JSON.stringify(configuration)
        .replaceAll(/"(cluster|clusterHeader)":"/g, '"$1":"not-')
        .replaceAll(/"name":"([^"]+)","weight"/g, '"name":"not-$1","weight"')
        .replaceAll('"hostRedirect":"', '"hostRedirect":"not-')
        .replaceAll('"inlineString":"', '"inlineString":"not '),
    )
    expect(checkRouter(moved, file).failed).toBeGreaterThan(0)
  })

  test('every file of tests is looked at by one of these tests', () => {
    const failing = ['RouteMetadata', 'TestRoutesFailures', 'TimeoutFailures']
    const known = [...passing.map(([, tests]) => tests), ...failing].map(
      (it) => `${it}.golden.proto.json`,
    )
    const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
    expect(files.filter((name) => !known.includes(name))).toEqual([])
  })
})

describe('tests that the tool fails', () => {
  test('the wrong configuration: the lines name what was expected and what came out', () => {
    const result = check('TestRoutes.yaml', 'Weighted.golden.proto.json')
    expect(result.cases.filter(({ ok }) => ok).map(({ name }) => name)).toEqual(['Test_1'])
    expect(lines(result).slice(0, 2)).toEqual([
      'expected: [cluster1], actual: [instant-server], test type: cluster_name',
      'expected: [test_virtual_cluster], actual: [other], test type: virtual_cluster_name',
    ])
  })

  test('header matchers: each kind has its own line', () => {
    expect(lines(check('TestRoutes.yaml', 'TestRoutesFailures.golden.proto.json'))).toEqual([
      'expected: [content-type: text/plain], actual: NOT [content-type: text/plain], test type: response_header_matches.string_match.exact',
      'actual: [content-length: 25], test type: response_header_matches.range_match',
      'expected: [x-ping-response: pong], actual: [x-ping-response: yes], test type: response_header_matches.string_match.exact',
      'expected: [has(x-ping-response):false], actual: [has(x-ping-response):true], test type: response_header_matches.present_match',
      'expected: [has(x-pong-response):true], actual: [has(x-pong-response):false], test type: response_header_matches.present_match',
    ])
  })

  test('a timeout, in milliseconds', () => {
    expect(lines(check('Timeout.yaml', 'TimeoutFailures.golden.proto.json'))).toEqual([
      'expected: [120000], actual: [30000], test type: timeout',
    ])
  })

  test('metadata of the route: one passes, another value and another route do not', () => {
    const { cases } = check('RouteMetadata.yaml', 'RouteMetadata.golden.proto.json')
    expect(cases.map(({ name, ok }) => [name, ok])).toEqual([
      ['MetadataMatches', true],
      ['MetadataValueMismatch', false],
      ['MetadataNamespaceMissing', false],
    ])
  })
})

describe('coverage', () => {
  test.each([
    ['ComprehensiveRoutes', true, 100],
    ['DirectResponse', true, 100],
    ['Runtime', true, 100],
    // Every cluster of the weighted routes was seen.
    ['Weighted', false, 100],
  ] as const)('%s is covered (of every field: %s)', (name, allFields, percent) => {
    const result = check(`${name}.yaml`, `${name}.golden.proto.json`, { allFields })
    expect(result.coverage).toBe(percent)
  })

  test('redirects are covered in part', () => {
    // Five of nine routes, and the redirect to https.
    const { coverage } = check('Redirect.yaml', 'Redirect.golden.proto.json')
    expect(coverage).toBeCloseTo((100 * 6) / 9, 10)
  })

  test('the routes that no test looked at are named', () => {
    const { missed } = check('DetailedCoverage.yaml', 'DetailedCoverage.golden.proto.json')
    expect(
      missed.map(({ virtualHost, name, routeIndex }) => [virtualHost, name, routeIndex]),
    ).toEqual([
      ['localhost', 'new_endpoint2', 1],
      ['localhost', '', 3],
    ])
  })
})
