import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { run } from '../src/index.ts'
import { MeshFolder } from './mesh-files.ts'

let folder: MeshFolder
beforeEach(async () => {
  folder = await MeshFolder.create()
})
afterEach(() => folder.remove())

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function route(...args: readonly string[]): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  const code = await run(['route', ...args], {
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
  })
  return { code, stdout, stderr }
}

function fixture(name: string): string {
  return fileURLToPath(
    new URL(`../../../test/fixtures/envoy-router-check/${name}`, import.meta.url),
  )
}

const reviews = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews, namespace: default }
spec:
  hosts: [reviews]
  http:
  - name: jason
    match: [{ headers: { x-user: { exact: jason } } }]
    route: [{ destination: { host: reviews, subset: v2 } }]
  - name: rest
    route: [{ destination: { host: reviews, subset: v1 } }]
`

describe('route check', () => {
  test('passes as the tool does, and tells the coverage', async () => {
    expect(
      await route(
        'check',
        '-c',
        fixture('Weighted.yaml'),
        '-t',
        fixture('Weighted.golden.proto.json'),
      ),
    ).toEqual({ code: 0, stdout: 'Current route coverage: 100%\n', stderr: '' })
  })

  test('failures go to stderr, and the exit code is 1', async () => {
    const { code, stdout, stderr } = await route(
      'check',
      '-c',
      fixture('TestRoutes.yaml'),
      '-t',
      fixture('Weighted.golden.proto.json'),
      '--details',
    )
    expect([code, stdout]).toEqual([1, 'Test_1\n'])
    expect(stderr).toContain(
      'Test_2\nexpected: [cluster1], actual: [instant-server], test type: cluster_name\n',
    )
  })

  test('too little coverage is exit code 1', async () => {
    const paths = ['-c', fixture('Redirect.yaml'), '-t', fixture('Redirect.golden.proto.json')]
    expect(await route('check', ...paths, '-f', '1.0')).toMatchObject({ code: 0 })
    expect(await route('check', ...paths, '--fail-under', '100')).toEqual({
      code: 1,
      stdout: 'Current route coverage: 66.6667%\n',
      stderr: 'Failed to meet coverage requirement: 100%\n',
    })
  })

  test('the listener of a bootstrap is named by -l', async () => {
    const { code } = await route(
      'check',
      '-c',
      fixture('ClusterHeaderBootstrap.yaml'),
      '-t',
      fixture('ClusterHeader.golden.proto.json'),
      '-l',
      'main',
    )
    expect(code).toBe(0)
  })

  test('JSON has the shape that is promised, and the file is a message', async () => {
    const output = join(folder.path, 'out.json')
    const { code, stdout } = await route(
      'check',
      '-c',
      fixture('RouteMetadata.yaml'),
      '-t',
      fixture('RouteMetadata.golden.proto.json'),
      '--format',
      'json',
      '-o',
      output,
    )
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toEqual({
      passed: 1,
      failed: 2,
      coverage: 50,
      cases: [
        { name: 'MetadataMatches', ok: true, failures: [] },
        {
          name: 'MetadataValueMismatch',
          ok: false,
          failures: [{ field: 'route_metadata', expected: 'stable', actual: 'canary' }],
        },
        {
          name: 'MetadataNamespaceMissing',
          ok: false,
          failures: [{ field: 'route_metadata', expected: 'canary', actual: '' }],
        },
      ],
    })
    // The first field of the first result: the name of the test.
    const [, , , length = 0, ...rest] = await readFile(output)
    expect(Buffer.from(rest).toString('latin1', 0, length)).toBe('MetadataMatches')
  })

  test('JUnit counts the failures', async () => {
    const { stdout } = await route(
      'check',
      '-c',
      fixture('Timeout.yaml'),
      '-t',
      fixture('TimeoutFailures.golden.proto.json'),
      '--format',
      'junit',
    )
    expect(stdout).toContain('tests="1" failures="1"')
    expect(stdout).toContain('timeout: expected 120000, got 30000')
  })

  test('deprecated fields are warned of unless the flag says not to', async () => {
    const paths = [
      '-c',
      fixture('DirectResponse.yaml'),
      '-t',
      fixture('DirectResponse.golden.proto.json'),
    ]
    const warned = await route('check', ...paths)
    expect([warned.code, warned.stderr]).toEqual([
      0,
      'warning: virtualHosts[0].routes[1].responseHeadersToAdd[0].append is deprecated; in its place: append_action\n',
    ])
    expect(await route('check', ...paths, '--disable-deprecation-check')).toMatchObject({
      code: 0,
      stderr: '',
    })
  })

  test.each([
    ['no files', [], /Both --config-path\/c and --test-path\/t are mandatory/],
    [
      'tests for a configuration',
      ['-c', fixture('Redirect.golden.proto.json'), '-t', fixture('TestRoutes.yaml')],
      /INVALID_ARGUMENT.*envoy\.config\.bootstrap\.v3\.Bootstrap.*tests/,
    ],
    [
      'a file that is not there',
      ['-c', 'nowhere.yaml', '-t', 'nowhere.json'],
      /cannot read nowhere/,
    ],
  ])('%s is exit code 1', async (_, args, message) => {
    const { code, stderr } = await route('check', ...args)
    expect(code).toBe(1)
    expect(stderr).toMatch(message)
  })

  test('a flag that is none is exit code 2', async () => {
    expect(await route('check', '--fast')).toMatchObject({ code: 2 })
    expect(await route('check', '-f', 'much')).toMatchObject({ code: 2 })
  })
})

describe('one request', () => {
  test('match tells the destination, explain every route that was looked at', async () => {
    const file = await folder.write('reviews.yaml', reviews)
    const args = ['GET http://reviews/', file, '--assume-missing', '-H', 'X-User: jane']
    const match = await route('match', ...args)
    expect(match.code).toBe(0)
    expect(match.stdout).toMatch(/^GET http:\/\/reviews\/: cluster outbound\|80\|v1\|reviews\S*\n/)
    expect(match.stdout).toContain(`written at ${file}:`)
    const explain = await route('explain', ...args)
    expect(explain.stdout).toContain('expected header x-user exact "jason", saw "jane"')
    expect(explain.stdout).toMatch(/route 1 \(rest\) at \S+: matched/)
  })

  test('a draw decides a split', async () => {
    const args = ['match', 'http://www1.lyft.com/', fixture('Weighted.yaml')] as const
    expect((await route(...args)).stdout).toMatch(/^\S+ \S+: 30 % cluster cluster1, 30 % /)
    expect((await route(...args, '--random', '45')).stdout).toMatch(
      /^\S+ \S+: cluster cluster2, drawn of 30 % cluster cluster1, 30 % /,
    )
  })

  test('JSON has the candidates', async () => {
    const { stdout } = await route(
      'explain',
      'h/canary',
      fixture('RouteMetadata.yaml'),
      '--format',
      'json',
    )
    expect(JSON.parse(stdout)).toMatchObject({
      request: 'GET http://h/canary',
      virtualHost: 'local_service',
      outcome: { kind: 'forwarded', cluster: 'canary_service' },
      candidates: [{ index: 0, matched: true }],
    })
  })

  test('what protects is warned of and does not stand in the way', async () => {
    const policy = `---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: deny, namespace: default }
`
    const file = await folder.write('reviews.yaml', `${reviews}${policy}`)
    const { code, stdout, stderr } = await route(
      'match',
      'GET http://reviews/',
      file,
      '--assume-missing',
    )

    expect([code, stdout]).toEqual([0, expect.stringContaining('|v1|')])
    expect(stderr).toBe(
      `${file}: warning: requests pass, and are not changed by, what is not looked at: AuthorizationPolicy\n`,
    )
  })

  test('a request that no route takes is exit code 1', async () => {
    const { code, stdout } = await route('match', 'other.com/', fixture('Timeout.yaml'))
    expect(code).toBe(1)
    expect(stdout).toContain('404')
  })

  test.each([
    [['match']],
    [['match', 'h/']],
    [['match', 'h/', 'x', '-H', 'nothing']],
    [['explain', 'h/', 'x', '--random', '-1']],
    [['match', '/x', fixture('Timeout.yaml')]],
  ])('%j is exit code 2', async (args) => {
    expect(await route(...args)).toMatchObject({ code: 2 })
  })
})

describe('proofs', () => {
  test('unreachable routes are exit code 1, with their place in every format', async () => {
    const file = await folder.write(
      'e.yaml',
      'virtual_hosts: [{ name: h, domains: ["*"], routes: [\n  { match: { prefix: / }, route: { cluster: a } },\n  { match: { prefix: /x }, route: { cluster: b } }] }]',
    )
    const text = await route('unreachable', file)
    expect(text.code).toBe(1)
    expect(text.stdout).toContain(`${file}:3:3: warning: no request takes this route of h`)
    expect(text.stdout).toContain('2 routes, 1 unreachable, 0 undecided')
    const sarif = JSON.parse((await route('unreachable', file, '--format', 'sarif')).stdout)
    expect(sarif.runs[0].results[0].locations[0].physicalLocation.region).toMatchObject({
      startLine: 3,
      startColumn: 3,
    })
    expect((await route('unreachable', file, '--format', 'junit')).stdout).toContain('failures="1"')
    const json = JSON.parse((await route('unreachable', file, '--format', 'json')).stdout)
    expect(json).toMatchObject({ routes: 2, unreachable: [{ source: { line: 3 } }], undecided: [] })
  })

  test('faults of the configuration are told one by one, with their places', async () => {
    const file = await folder.write('reviews.yaml', reviews)
    const { code, stdout, stderr } = await route('unreachable', file)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr.split('\n').filter((line) => line.startsWith(`${file}:`))).toHaveLength(2)
    expect(stderr).toContain(`the configuration in ${file} has errors`)
  })

  test('none is exit code 0', async () => {
    expect(await route('unreachable', fixture('TestRoutes.yaml'))).toMatchObject({ code: 0 })
  })

  test('every route has a witness', async () => {
    const { code, stdout } = await route('witness', fixture('TestRoutes.yaml'))
    expect(code).toBe(0)
    expect(stdout.match(/^ {2}GET http/gm)).toHaveLength(17)
    expect(await route('witness', fixture('TestRoutes.yaml'), '--route', 'none')).toMatchObject({
      code: 1,
      stderr: 'meshwright: expected a route named "none", got none\n',
    })
  })

  test('a witness is a request that match takes, with the flags that it is printed with', async () => {
    const file = await folder.write('reviews.yaml', reviews)
    const { stdout } = await route('witness', file, '--assume-missing', '--route', 'jason')
    const [, request, flags] = /^ {2}(GET \S+) (.*)$/m.exec(stdout) ?? []
    expect(flags).toBe("-H 'x-user: jason' --route-configuration 80")
    const args = ['-H', 'x-user: jason', '--route-configuration', '80', '--assume-missing']
    expect((await route('match', request ?? '', file, ...args)).stdout).toContain('route jason')
  })

  test('a search that is none, or for what is not there, does not pass in silence', async () => {
    const file = fixture('TestRoutes.yaml')
    expect(await route('witness', file, '--expect', 'none')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--expect is of a search'),
    })
    expect(await route('witness', file, '--cluster', 'a', '--route', 'b')).toMatchObject({
      code: 2,
    })
    expect(await route('witness', file, '--cluster', 'typo', '--expect', 'none')).toMatchObject({
      code: 0,
      stderr: 'warning: no route names a cluster typo\n',
    })
  })

  test('requests are looked for, and that there are none is a proof', async () => {
    const file = await folder.write(
      'e.yaml',
      [
        'virtual_hosts:',
        '- name: h',
        '  domains: ["*"]',
        '  routes:',
        '  - { match: { prefix: /admin, headers: [{ name: x-token, present_match: true }] }, route: { cluster: admin } }',
        '  - { match: { prefix: /shop }, route: { cluster: shop } }',
      ].join('\n'),
    )
    const search = async (...flags: readonly string[]) => await route('witness', file, ...flags)
    const found = await search(
      '--cluster',
      'admin',
      '--under',
      '/admin',
      '--with-header',
      'x-token: t',
    )
    expect(found.code).toBe(0)
    expect(found.stdout).toMatch(
      /cluster admin \(\S+e\.yaml:5:5\)\n {2}GET http:\/\/\S+\/admin -H 'x-token: t'\n/,
    )
    const none = await search(
      '--cluster',
      'admin',
      '--without-header',
      'X-Token',
      '--expect',
      'none',
    )
    expect(none.code).toBe(0)
    expect(none.stdout).toMatch(/^no request fits, proven\nassumed: /)
    expect(await search('--cluster', 'admin', '--without-header', 'x-token')).toMatchObject({
      code: 1,
    })
    expect(await search('--cluster', 'admin', '--expect', 'none')).toMatchObject({ code: 1 })
    const json = JSON.parse(
      (await search('--unanswered', '--host', 'a', '--format', 'json')).stdout,
    )
    expect(json).toMatchObject({
      verdict: 'some',
      regions: [{ witness: { request: { authority: 'a' } } }],
    })
    expect(await search('--under', 'admin')).toMatchObject({ code: 2 })
  })

  test('a difference is exit code 1, and none is a proof', async () => {
    const before = await folder.write('old/r.yaml', reviews)
    const after = await folder.write('new/r.yaml', reviews.replace('exact: jason', 'prefix: ja'))
    const changed = await route('diff', before, after, '--assume-missing')
    expect(changed.code).toBe(1)
    expect(changed.stdout).toContain('header x-user')
    const same = await route(
      'diff',
      before,
      join(folder.path, 'old'),
      '--assume-missing',
      '--format',
      'markdown',
    )
    expect(same.code).toBe(0)
    expect(same.stdout).toContain('Nothing changes, proven')
    const json = JSON.parse(
      (await route('diff', before, after, '--assume-missing', '--format', 'json')).stdout,
    )
    expect(json).toMatchObject({
      equivalent: false,
      changes: [{ witness: { request: { path: '/' } } }],
    })
    const sarif = JSON.parse(
      (await route('diff', before, after, '--assume-missing', '--format', 'sarif')).stdout,
    )
    expect(sarif.runs[0].results[0].ruleId).toBe('changed-requests')
  })
})

describe('tests of tests', () => {
  const paths = [fixture('TestRoutes.yaml'), '-t', fixture('TestRoutes.golden.proto.json')]

  test('coverage names the routes that no request takes', async () => {
    const { code, stdout } = await route('coverage', ...paths)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^33 requests take 12 of 17 routes \(70\.59 %\)\n/)
    expect(stdout).toContain('TestRoutes.yaml:38:5: no request takes this route')
    const short = await route('coverage', ...paths, '--fail-under', '80', '--format', 'lcov')
    expect(short.code).toBe(1)
    expect(short.stdout).toMatch(/^(?:TN:.*\n)?SF:.*TestRoutes\.yaml$/m)
  })

  test('mutants that the tests do not notice come with the request that would tell', async () => {
    const weighted = [fixture('Weighted.yaml'), '-t', fixture('Weighted.golden.proto.json')]
    const { code, stdout } = await route('mutate', ...weighted)
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /weights "30\/30" became "29\/31"; GET http:\/\/www1\.lyft\.com\/ --random 29 would tell/,
    )
    expect(await route('mutate', ...weighted, '--fail-under', '50')).toMatchObject({ code: 0 })
    const failing = await route(
      'mutate',
      fixture('TestRoutes.yaml'),
      '-t',
      fixture('Weighted.golden.proto.json'),
    )
    expect(failing.code).toBe(1)
    expect(failing.stderr).toContain('expected tests that pass, got ones that fail: Test_2')
  })

  test('of virtual services, only what is written is changed, in the one configuration that has it', async () => {
    const timed = reviews.replace('  - name: rest\n', '  - name: rest\n    timeout: 2s\n')
    const config = await folder.write('mesh/r.yaml', timed)
    const tests = await folder.write(
      'tests.json',
      JSON.stringify({
        tests: [
          {
            test_name: 'others go to v1',
            input: { authority: 'reviews', path: '/', method: 'GET' },
            validate: { cluster_name: 'outbound|80|v1|reviews.default.svc.cluster.local' },
          },
        ],
      }),
    )
    const args = [config, '-t', tests, '--assume-missing', '--format', 'json'] as const
    const { stdout } = await route('mutate', ...args)
    const { killed, survived } = JSON.parse(stdout)
    expect(killed.length).toBeGreaterThan(0)
    const kinds = survived.map((each: { kind: string; ref: { name: string } }) => [
      each.ref.name,
      each.kind,
    ])
    expect(kinds).toContainEqual(['rest', 'changed-timeout'])
    expect(kinds).not.toContainEqual(['jason', 'changed-timeout'])
    const found = new Set(kinds.map(([, kind]: readonly string[]) => kind))
    expect(found).not.toContain('changed-retry')
    const names = new Set(kinds.map(([name]: readonly string[]) => name))
    expect([...names].toSorted()).toEqual(['jason', 'rest'])
  })

  test('files of istio-config-validator are run', async () => {
    const config = await folder.write('mesh/r.yaml', reviews)
    const tests = await folder.write(
      'tests.yaml',
      `testCases:
- description: jason goes to v2
  wantMatch: true
  request: { authority: [reviews], method: [GET], uri: [/], headers: { x-user: jason } }
  route: [{ destination: { host: reviews, subset: v2 } }]
- description: others too
  wantMatch: true
  request: { authority: [reviews], method: [GET], uri: [/] }
  route: [{ destination: { host: reviews, subset: v2 } }]
`,
    )
    const { code, stdout } = await route('import', tests, '--config', config, '--assume-missing')
    expect(code).toBe(1)
    expect(stdout).toMatch(/PASS jason goes to v2\nFAIL others too\n[\s\S]*1 passed, 1 failed/)
  })

  test('a log is replayed', async () => {
    const log = await folder.write(
      'access.log',
      [
        '{"method":"GET","path":"/canary/x","authority":"h","upstream_cluster":"local_service"}',
        '{"method":"GET","path":"/","authority":"h","upstream_cluster":"local_service"}',
      ].join('\n'),
    )
    const { code, stdout } = await route('replay', log, fixture('RouteMetadata.yaml'))
    expect(code).toBe(1)
    expect(stdout).toContain('2 requests: 1 go where they went, 1 elsewhere')
    expect(stdout).toContain('1 elsewhere: cluster local_service → cluster canary_service')
    const same = await route(
      'replay',
      log,
      fixture('RouteMetadata.yaml'),
      '--before',
      fixture('RouteMetadata.yaml'),
    )
    expect(same).toMatchObject({ code: 0 })
    expect(await route('replay', 'nowhere.log', fixture('RouteMetadata.yaml'))).toMatchObject({
      code: 1,
    })
    // Which keys of a line are headers, nobody knows but who wrote the log.
    const byUser = await folder.write('reviews.yaml', reviews)
    const users = await folder.write(
      'users.log',
      '{"method":"GET","path":"/","authority":"reviews","upstream_cluster":"outbound|80|v2|reviews.default.svc.cluster.local","user":"jason"}\n',
    )
    const args = [users, byUser, '--assume-missing'] as const
    expect(await route('replay', ...args)).toMatchObject({ code: 1 })
    const told = await route('replay', ...args, '--log-header', 'x-user=user')
    expect(told).toMatchObject({ code: 0, stdout: expect.stringContaining('1 go where they went') })
    expect(told.stdout).not.toContain('taken as absent')
    expect(await route('replay', ...args, '--log-header', '=x')).toMatchObject({ code: 2 })
    // What is no log would send nothing elsewhere; but nothing was compared.
    const none = await folder.write('none.log', 'so long\n')
    expect(await route('replay', none, fixture('RouteMetadata.yaml'))).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('1 lines could not be read'),
    })
  })
})

test('help of every command names its exit codes', async () => {
  const commands = [
    'check',
    'import',
    'explain',
    'match',
    'diff',
    'unreachable',
    'witness',
    'coverage',
    'mutate',
    'replay',
  ]
  for (const command of commands) {
    const { code, stdout } = await route(command, '--help')
    expect([command, code]).toEqual([command, 0])
    expect(stdout).toContain('Exit codes:')
  }
})
