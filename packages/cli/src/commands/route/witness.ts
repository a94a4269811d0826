import {
  analyzeMesh,
  answerText,
  type Mesh,
  type MeshAnswer,
  type MeshFinding,
  queryMesh,
  sourceText,
  witnessText,
} from '@meshwright/mesh-test'
import type { RequestQuery } from '@meshwright/route-analysis'
import { type Command, Option } from 'commander'
import type { CommandContext } from '../../command-context.ts'
import { CommandError } from '../../command-error.ts'
import { exitCode } from '../../exit-code.ts'
import type { Terminal } from '../../terminal.ts'
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
      checkFlags(flags, query)
      const mesh = await meshOf(paths, flags, terminal)
      const ok =
        query === undefined
          ? tellWitnesses(mesh, flags, terminal)
          : tellAnswer(mesh, query, { flags, terminal })
      if (!ok) setExitCode(exitCode.failed)
    })
  withMeshOptions(withQueryOptions(command))
}

function checkFlags({ expect, route }: WitnessFlags, query: RequestQuery | undefined): void {
  if (query === undefined && expect !== undefined) {
    throw usageError('--expect is of a search: say what for, such as --cluster')
  }
  if (query !== undefined && route !== undefined) throw usageError('--route is not of a search')
}

/** Prints a witness for each route; whether every one has one. */
function tellWitnesses(mesh: Mesh, { route, format }: WitnessFlags, terminal: Terminal): boolean {
  const wanted = analyzeMesh(mesh).findings.filter(
    ({ finding }) => route === undefined || finding.ref.name === route,
  )
  if (wanted.length === 0 && route !== undefined) {
    throw new CommandError(`expected a route named ${JSON.stringify(route)}, got none`)
  }
  terminal.stdout(
    format === 'json'
      ? `${JSON.stringify({ routes: wanted.map(jsonOf) }, undefined, 2)}\n`
      : wanted.map(textOf).join(''),
  )
  return wanted.length > 0 && wanted.every(({ finding }) => finding.status === 'reachable')
}

/** Prints what a search came to; whether that is as expected. */
function tellAnswer(
  mesh: Mesh,
  query: RequestQuery,
  { flags, terminal }: { readonly flags: WitnessFlags; readonly terminal: Terminal },
): boolean {
  for (const text of vacuous(mesh, query)) terminal.stderr(`warning: ${text}\n`)
  const answer = queryMesh(mesh, query)
  terminal.stdout(flags.format === 'json' ? answerJson(answer) : answerText(answer))
  return answer.verdict === (flags.expect ?? 'some')
}

function usageError(message: string): CommandError {
  return new CommandError(`error: ${message}`, { exitCode: exitCode.usage })
}

/** A search for what is not there proves nothing about what is. */
function vacuous({ routeConfigurations }: Mesh, { cluster }: RequestQuery): readonly string[] {
  if (cluster === undefined) return []
  const isKnown = routeConfigurations.some(({ table }) => table.clusters.includes(cluster))
  return isKnown ? [] : [`no route names a cluster ${cluster}`]
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
      ? `${witnessText(finding.witness)}${configurationFlag(set)}`
      : `${finding.status}: ${finding.reason}`
  return `${configuration}${label}\n  ${found}\n`
}

/** Without it `route match` would ask by the port of the request, which a witness leaves out. */
function configurationFlag({ name }: MeshFinding['set']): string {
  if (name === '') return ''
  return ` --route-configuration ${/^[\w.-]+$/.test(name) ? name : `'${name}'`}`
}

function jsonOf({ set, finding, source }: MeshFinding): unknown {
  return { routeConfiguration: set.name, ...finding, source: source && sourceText(source) }
}
