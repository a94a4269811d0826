import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { meshwright } from './command.ts'
import { brokenYaml, MeshFolder, serviceYaml } from './mesh-files.ts'

// Each command is a process of its own, and a busy machine starts it late.
vi.setConfig({ testTimeout: 30_000 })

let folder: MeshFolder
beforeEach(async () => {
  folder = await MeshFolder.create()
})
afterEach(() => folder.remove())

const node = 'sidecar~127.0.1.1~web.default~default.svc.cluster.local'

describe('version and help', () => {
  test('the version is the version of the package', async () => {
    const { version } = JSON.parse(
      readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
    )
    expect(await meshwright('version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  test('--version says the same as the command', async () => {
    expect(await meshwright('--version')).toEqual(await meshwright('version'))
  })

  test('help names every command and the exit codes', async () => {
    const { code, stdout } = await meshwright('--help')
    expect(code).toBe(0)
    for (const text of [
      'control-plane',
      'proxy',
      'validate',
      'compile',
      'version',
      'Exit codes:',
    ]) {
      expect(stdout).toContain(text)
    }
  })

  test.each([
    ['an unknown command', ['servo']],
    ['an unknown flag', ['version', '--fast']],
    ['a flag that is missing', ['compile']],
    ['an address that is none', ['control-plane', '--config-dir', '.', '--xds-address', 'here']],
    ['labels that are none', ['compile', '--config-dir', '.', '--proxy', 'x', '--labels', 'app']],
    ['a log level that is none', ['proxy', '--bootstrap', '/dev/null', '--log-level', 'xds:loud']],
    [
      'an output format that is none',
      ['compile', '--config-dir', '.', '--proxy', 'x', '-o', 'xml'],
    ],
    ['a node that is none', ['compile', '--config-dir', '.', '--proxy', 'sidecar~1']],
    ['a time that no timer can wait', ['proxy', '--bootstrap', 'x', '--drain-time', '1e10']],
    ['a time that is none', ['proxy', '--bootstrap', 'x', '--drain-time', '']],
    ['no command', []],
  ])('%s is exit code 2', async (_, args) => {
    const { code, stdout, stderr } = await meshwright(...args)
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).not.toBe('')
  })
})

describe('validate', () => {
  test('good configuration is exit code 0', async () => {
    await folder.write('mesh/reviews.yaml', serviceYaml)
    const { code, stdout } = await meshwright('validate', folder.path)
    expect([code, stdout]).toEqual([0, '0 errors, 0 warnings\n'])
  })

  test('a fault is exit code 1, with its place and what was meant', async () => {
    const good = await folder.write('reviews.yaml', serviceYaml)
    const bad = await folder.write('routes.yaml', brokenYaml)
    const { code, stdout } = await meshwright('validate', good, bad)
    expect(code).toBe(1)
    expect(stdout).toMatch(new RegExp(`^${bad}:7:\\d+: error: .*rout`))
    expect(stdout).toContain('route')
    expect(stdout).toMatch(/^([2-9] errors|1 error), (\d+ warnings|1 warning)$/m)
  })

  test('json has every diagnostic with its fields', async () => {
    await folder.write('reviews.yaml', serviceYaml)
    const bad = await folder.write('routes.yaml', brokenYaml)
    const { code, stdout } = await meshwright('validate', '--format', 'json', folder.path)
    expect(code).toBe(1)
    expect(JSON.parse(stdout).diagnostics).toContainEqual(
      expect.objectContaining({ file: bad, line: 7, severity: 'error', suggestion: 'route' }),
    )
  })

  test('sarif names the tool, the rule and the region', async () => {
    await folder.write('reviews.yaml', serviceYaml)
    const bad = await folder.write('routes.yaml', brokenYaml)
    const { code, stdout } = await meshwright('validate', '--format', 'sarif', folder.path)
    const report = JSON.parse(stdout)
    const [{ tool, results }] = report.runs
    expect([code, report.version, tool.driver.name]).toEqual([1, '2.1.0', 'meshwright'])
    expect(results[0]).toMatchObject({
      level: 'error',
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: pathToFileURL(bad).href },
            region: { startLine: 7 },
          },
        },
      ],
    })
    expect(tool.driver.rules.map(({ id }: { readonly id: string }) => id)).toContain(
      results[0].ruleId,
    )
  })

  test('what cannot be read is told in one line, with --verbose where it comes from', async () => {
    const missing = join(folder.path, 'nowhere')
    const short = await meshwright('validate', missing)
    expect(short.code).toBe(1)
    expect(short.stderr).toMatch(new RegExp(`^meshwright: cannot read ${missing}: .*ENOENT.*\\n$`))

    const long = await meshwright('--verbose', 'validate', missing)
    expect(long.code).toBe(1)
    expect(long.stderr).toMatch(/\n\s+at .*read-mesh/)
    expect(long.stderr).toContain('[cause]')
  })

  test('a file that is given twice is read once', async () => {
    const file = await folder.write('reviews.yaml', serviceYaml)
    const { code, stdout } = await meshwright('validate', folder.path, file)
    expect([code, stdout]).toEqual([0, '0 errors, 0 warnings\n'])
  })

  test('a directory without configuration is a fault, not an empty mesh', async () => {
    const { code, stderr } = await meshwright('validate', folder.path)
    expect(code).toBe(1)
    expect(stderr).toContain(folder.path)
  })
})

describe('compile', () => {
  test('prints what a proxy would be told, as JSON', async () => {
    await folder.write('reviews.yaml', serviceYaml)
    const { code, stdout } = await meshwright(
      'compile',
      '--config-dir',
      folder.path,
      '--proxy',
      node,
    )
    const resources = JSON.parse(stdout)
    expect(code).toBe(0)
    expect(Object.keys(resources)).toEqual(['clusters', 'endpoints', 'listeners', 'routes'])
    expect(resources.clusters.map(({ name }: { readonly name: string }) => name)).toContain(
      'outbound|9080||reviews.default.svc.cluster.local',
    )
  })

  test('leaves the interception mode to the mesh unless told', async () => {
    await folder.write('reviews.yaml', serviceYaml)
    await folder.write('mesh.yaml', 'defaultConfig: {interceptionMode: NONE}')
    const listeners = async (...flags: readonly string[]): Promise<string> => {
      const args = ['compile', '--config-dir', folder.path, '--proxy', node, '--type', 'lds']
      return (await meshwright(...args, ...flags)).stdout
    }

    expect(await listeners()).not.toContain('virtualOutbound')
    expect(await listeners('--interception-mode', 'REDIRECT')).toContain('virtualOutbound')
  })

  test('prints one type, as YAML', async () => {
    await folder.write('reviews.yaml', serviceYaml)
    const { code, stdout } = await meshwright(
      ...['compile', '--config-dir', folder.path, '--proxy', node],
      ...['--type', 'eds', '-o', 'yaml', '--labels', 'app=web,version=v1'],
    )
    const [first] = parse(stdout)
    expect(code).toBe(0)
    expect(first.clusterName).toBe('outbound|9080||reviews.default.svc.cluster.local')
    expect(stdout).toContain('127.0.1.3')
  })

  test('broken configuration compiles to nothing', async () => {
    await folder.write('routes.yaml', brokenYaml)
    const { code, stdout, stderr } = await meshwright(
      ...['compile', '--config-dir', folder.path, '--proxy', node],
    )
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/routes\.yaml:7:\d+: error: /)
  })

  test('a node that is none is told in one line', async () => {
    await folder.write('reviews.yaml', serviceYaml)
    const { code, stderr } = await meshwright(
      ...['compile', '--config-dir', folder.path, '--proxy', 'sidecar~1'],
    )
    expect(code).toBe(2)
    expect(stderr).toMatch(/^meshwright: --proxy: .*sidecar~IP~ID~DOMAIN.*\n$/)
  })
})
