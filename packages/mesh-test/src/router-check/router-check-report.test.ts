import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { checkRouter } from './check-router.ts'
import { readRouteConfiguration } from './read-route-configuration.ts'
import { readRouterTests } from './read-router-tests.ts'
import {
  type RouterCheckReport,
  type RouterCheckReportOptions,
  routerCheckReport,
} from './router-check-report.ts'

const folder = new URL('../../../../test/fixtures/envoy-router-check/', import.meta.url)

function report(
  config: string,
  tests: string,
  options: RouterCheckReportOptions,
): RouterCheckReport {
  const configPath = fileURLToPath(new URL(config, folder))
  const testPath = fileURLToPath(new URL(tests, folder))
  const result = checkRouter(
    readRouteConfiguration(configPath, readFileSync(configPath, 'utf8')),
    readRouterTests(testPath, readFileSync(testPath, 'utf8')),
    { allFields: options.coverAll ?? false },
  )
  return routerCheckReport(result, options)
}

function textOf({ lines }: RouterCheckReport): string {
  return lines.map(({ text }) => `${text}\n`).join('')
}

// What is expected here is what Envoy's `route_tests.sh` greps for.

test('details name every test and tell what failed; there is no coverage then', () => {
  const made = report('TestRoutes.yaml', 'Weighted.golden.proto.json', { details: true })
  expect(made.ok).toBe(false)
  expect(textOf(made)).toMatch(
    /Test_1\n[\s\S]*Test_2\nexpected: \[cluster1\], actual: \[instant-server\], test type: cluster_name\nexpected: \[test_virtual_cluster\], actual: \[other\], test type: virtual_cluster_name\n[\s\S]*Test_3/,
  )
  expect(textOf(made)).not.toContain('coverage')
})

test.each([true, false])(
  'with failures only, passing tests are not named (details: %s)',
  (details) => {
    const text = textOf(
      report('TestRoutes.yaml', 'Weighted.golden.proto.json', { details, onlyShowFailures: true }),
    )
    expect(text).toContain(
      'Test_2\nexpected: [cluster1], actual: [instant-server], test type: cluster_name\n',
    )
    expect(text).not.toContain('Test_1')
  },
)

test('without a flag a failure is not told, only the exit code is', () => {
  expect(report('TestRoutes.yaml', 'Weighted.golden.proto.json', {})).toEqual({
    ok: false,
    lines: [],
  })
})

test('coverage of every field tells the matches of the routes without a test', () => {
  const text = textOf(
    report('TestRoutes.yaml', 'TestRoutes.golden.proto.json', { details: true, coverAll: true }),
  )
  expect(text).toMatch(
    /Missing test for host: www2_staging, route: prefix: "\/"[\s\S]*Missing test for host: default, route: prefix: "\/api\/application_data"/,
  )
})

test('detailed coverage tells their names', () => {
  const text = textOf(
    report('DetailedCoverage.yaml', 'DetailedCoverage.golden.proto.json', {
      detailedCoverage: true,
    }),
  )
  expect(text).toMatch(/Missing test for host: localhost, route name: new_endpoint2-.+/)
  expect(text).toMatch(/Missing test for host: localhost, route name: -.+/)
})

test('neither is told without its flag', () => {
  const text = textOf(report('DetailedCoverage.yaml', 'DetailedCoverage.golden.proto.json', {}))
  expect(text).toBe('Current route coverage: 50%\n')
})

test('coverage has six digits, and too little of it fails', () => {
  const enough = report('Redirect.yaml', 'Redirect.golden.proto.json', { failUnder: 1 })
  expect([enough.ok, textOf(enough)]).toEqual([true, 'Current route coverage: 66.6667%\n'])
  const short = report('Redirect.yaml', 'Redirect.golden.proto.json', { failUnder: 100 })
  expect([short.ok, short.lines.at(-1)]).toEqual([
    false,
    { to: 'stderr', text: 'Failed to meet coverage requirement: 100%' },
  ])
})
