import {
  type Mesh,
  MeshTestError,
  type RoutedRequest,
  routedText,
  sourceText,
} from '@meshwright/mesh-test'
import { type Command, Option } from 'commander'
import type { CommandContext } from '../../command-context.ts'
import { CommandError } from '../../command-error.ts'
import { exitCode } from '../../exit-code.ts'
import { type MeshFlags, meshOf, withMeshOptions } from './mesh-options.ts'
import {
  type RequestFlags,
  requestLine,
  requestOptions,
  withRequestOptions,
} from './request-options.ts'

interface ExplainFlags extends MeshFlags, RequestFlags {
  readonly format: 'text' | 'json'
}

const help = `
Examples:
  meshwright route match 'GET http://reviews:9080/' ./mesh -H 'x-user: jason'
  meshwright route explain http://shop.example.org/cart ./envoy.yaml

Exit codes:
  0    a route takes the request
  1    no route does, or the configuration is wrong
  2    the command line is wrong`

/** `meshwright route explain` and `meshwright route match` */
export function addRouteExplain(route: Command, { terminal, setExitCode }: CommandContext): void {
  const commands = [
    ['explain', 'why a request goes where it goes: every route that was looked at', String],
    ['match', 'where a request goes, and as what', routedText],
  ] as const
  for (const [name, description, text] of commands) {
    const command = route
      .command(name)
      .description(description)
      .argument('<request>', 'a URL, perhaps with a method: "POST http://reviews:9080/x"')
      .argument('<path...>', "Istio's resources or an Envoy configuration: files, directories")
      .addOption(
        new Option('--format <format>', 'text for people, json for machines')
          .choices(['text', 'json'])
          .default('text'),
      )
      .addHelpText('after', help)
      .action(async (request: string, paths: readonly string[], flags: ExplainFlags) => {
        const mesh = await meshOf(paths, flags, terminal)
        const routed = routedBy(mesh, request, flags)
        const output = flags.format === 'json' ? jsonOf(routed) : text(routed)
        terminal.stdout(`${output.trimEnd()}\n`)
        if (routed.outcome.kind === 'unrouted') setExitCode(exitCode.failed)
      })
    withRequestOptions(withMeshOptions(command))
  }
}

function routedBy(mesh: Mesh, request: string, flags: ExplainFlags): RoutedRequest {
  try {
    return mesh.request(requestLine(request), requestOptions(flags))
  } catch (error) {
    if (!(error instanceof MeshTestError)) throw error
    throw new CommandError(error.message, { cause: error, exitCode: exitCode.usage })
  }
}

function jsonOf(routed: RoutedRequest): string {
  const { line, routes, match, outcome, origin, explanation, fault } = routed
  const plain = {
    request: line,
    routeConfiguration: routes?.name,
    virtualHost: match?.virtualHost.name,
    route: match && { index: match.route.index, name: match.route.name },
    source: origin && sourceText(origin),
    outcome,
    needsDraw: routed.needsDraw,
    requestHeaders: effects(routed.requestHeaders),
    responseHeaders: effects(routed.responseHeaders),
    fault,
    candidates: explanation?.candidates,
  }
  return JSON.stringify(plain, undefined, 2)
}

function effects({ headers, removed }: RoutedRequest['requestHeaders']): unknown {
  return { headers: Object.fromEntries(headers), removed: [...removed] }
}
