import {
  analyzeMesh,
  answerText,
  type MeshAnswer,
  type MeshFinding,
  queryMesh,
  sourceText,
  witnessText,
} from '@meshwright/mesh-test'
import { type Command, Option } from 'commander'
import type { CommandContext } from '../../command-context.ts'
import { exitCode } from '../../exit-code.ts'
import { type MeshFlags, meshOf, withMeshOptions } from './mesh-options.ts'
import { type QueryFlags, queryOf, withQueryOptions } from './query-options.ts'

interface WitnessFlags extends MeshFlags, QueryFlags {
  readonly route?: string
  readonly format: 'text' | 'json'
}

const help = `
A witness has the shortest path, and for it the fewest headers, of all requests that take the route.

With --cluster, --under, --host, --with-header, --without-header or --unanswered the requests that fit all of these are
looked for instead: one witness for each route that they go to, or a proof that there is none.

Examples:
  meshwright route witness ./mesh --cluster 'outbound|9080|v2|reviews.default.svc.cluster.local'
  meshwright route witness ./envoy.yaml --under /admin --without-header x-token --cluster admin --expect none

Exit codes:
  0    every route has a witness; or, of a search, what --expect says
  1    no request takes some route, the search came out otherwise, or it is not known, or the configuration is wrong
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
      const query = queryOf(flags)
      if (query !== undefined) {
        const answer = queryMesh(await meshOf(paths, flags, terminal), query)
        terminal.stdout(flags.format === 'json' ? answerJson(answer) : answerText(answer))
        if (answer.verdict !== flags.expect) setExitCode(exitCode.failed)
        return
      }
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
  withMeshOptions(withQueryOptions(command))
}

function answerJson({ verdict, regions, unknown, assumptions }: MeshAnswer): string {
  const plain = {
    verdict,
    regions: regions.map(({ set, region }) => ({ routeConfiguration: set.name, ...region })),
    unknown,
    assumptions,
  }
  return `${JSON.stringify(plain, undefined, 2)}\n`
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
