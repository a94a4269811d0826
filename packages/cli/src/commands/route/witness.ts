import { analyzeMesh, type MeshFinding, sourceText, witnessText } from '@meshwright/mesh-test'
import { type Command, Option } from 'commander'
import type { CommandContext } from '../../command-context.ts'
import { exitCode } from '../../exit-code.ts'
import { type MeshFlags, meshOf, withMeshOptions } from './mesh-options.ts'

interface WitnessFlags extends MeshFlags {
  readonly route?: string
  readonly format: 'text' | 'json'
}

const help = `
A witness has the shortest path, and for it the fewest headers, of all requests that take the route.

Exit codes:
  0    every route has a witness
  1    no request takes some route, or it is not known, or the configuration is wrong
  2    the command line is wrong`

/** `meshwright route witness` */
export function addRouteWitness(route: Command, { terminal, setExitCode }: CommandContext): void {
  const command = route
    .command('witness')
    .description('a shortest request for every route')
    .argument('<path...>', "Istio's resources or an Envoy configuration: files, directories")
    .option('--route <name>', 'of routes of this name only')
    .addOption(
      new Option('--format <format>', 'text for people, json for machines')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addHelpText('after', help)
    .action(async (paths: readonly string[], flags: WitnessFlags) => {
      const { findings } = analyzeMesh(await meshOf(paths, flags, terminal))
      const wanted = findings.filter(
        ({ finding }) => flags.route === undefined || finding.ref.name === flags.route,
      )
      const plain = wanted.map(jsonOf)
      terminal.stdout(
        flags.format === 'json'
          ? `${JSON.stringify({ routes: plain }, undefined, 2)}\n`
          : wanted.map(textOf).join(''),
      )
      const all = wanted.every(({ finding }) => finding.status === 'reachable')
      if (!all || wanted.length === 0) setExitCode(exitCode.failed)
    })
  withMeshOptions(command)
}

function textOf({ set, finding, source }: MeshFinding): string {
  const { virtualHost, route, name } = finding.ref
  const place = source === undefined ? '' : ` at ${sourceText(source)}`
  const label = `${virtualHost} route ${route}${name === '' ? '' : ` (${name})`}${place}`
  const configuration = set.name === '' ? '' : `${set.name} `
  const found =
    finding.status === 'reachable'
      ? witnessText(finding.witness)
      : `${finding.status}: ${finding.reason}`
  return `${configuration}${label}\n  ${found}\n`
}

function jsonOf({ set, finding, source }: MeshFinding): unknown {
  return { routeConfiguration: set.name, ...finding, source: source && sourceText(source) }
}
