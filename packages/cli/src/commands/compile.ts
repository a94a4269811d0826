import { compile, type NodeJson, proxyFromNode, type Resources } from '@meshwright/config-compiler'
import { formatDiagnostic } from '@meshwright/mesh-config'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { stringify } from 'yaml'
import type { CommandContext } from '../command-context.ts'
import { CommandError } from '../command-error.ts'
import { exitCode } from '../exit-code.ts'
import { readMesh } from './read-mesh.ts'

interface CompileFlags {
  readonly configDir: string
  readonly proxy: string
  readonly labels?: Readonly<Record<string, string>>
  readonly client: 'envoy' | 'meshwright' | 'grpc'
  readonly interceptionMode?: 'NONE' | 'REDIRECT' | 'TPROXY'
  readonly type?: keyof typeof listOf
  readonly output: 'json' | 'yaml'
}

const listOf = {
  cds: 'clusters',
  eds: 'endpoints',
  lds: 'listeners',
  rds: 'routes',
} as const satisfies Readonly<Record<string, keyof Resources>>

/** `meshwright compile` */
export function addCompile(program: Command, { terminal }: CommandContext): void {
  program
    .command('compile')
    .description('print what one proxy would be told')
    .requiredOption('--config-dir <dir>', 'directory of the configuration')
    .requiredOption(
      '--proxy <node>',
      'the node id of the proxy: sidecar~IP~ID~DOMAIN or router~IP~ID~DOMAIN',
      parseNodeId,
    )
    .option('--labels <k=v,…>', 'labels of its workload', parseLabels)
    .addOption(
      new Option('--client <kind>', 'which dialect it understands')
        .choices(['envoy', 'meshwright', 'grpc'])
        .default('envoy'),
    )
    .addOption(
      new Option(
        '--interception-mode <mode>',
        'how traffic reaches it; default: as the mesh says, or else REDIRECT',
      ).choices(['NONE', 'REDIRECT', 'TPROXY']),
    )
    .addOption(
      new Option('--type <type>', 'one type of resource only').choices(Object.keys(listOf)),
    )
    .addOption(
      new Option('-o, --output <format>', 'output format')
        .choices(['json', 'yaml'])
        .default('json'),
    )
    .action(async (flags: CompileFlags) => {
      const { snapshot, diagnostics } = await readMesh([flags.configDir])
      for (const diagnostic of diagnostics) terminal.stderr(`${formatDiagnostic(diagnostic)}\n`)
      if (snapshot === undefined) {
        throw new CommandError(`the configuration in ${flags.configDir} has errors`)
      }
      const resources = compile(snapshot, proxyFromNode(nodeOf(flags)))
      const wanted = flags.type === undefined ? resources : resources[listOf[flags.type]]
      const text =
        flags.output === 'yaml' ? stringify(wanted) : JSON.stringify(wanted, undefined, 2)
      terminal.stdout(`${text.trimEnd()}\n`)
    })
}

function nodeOf({ proxy, labels, client, interceptionMode }: CompileFlags): NodeJson {
  return {
    id: proxy,
    ...(client === 'meshwright' && { userAgentName: 'meshwright' }),
    metadata: {
      ...(labels !== undefined && { LABELS: labels }),
      ...(interceptionMode !== undefined && { INTERCEPTION_MODE: interceptionMode }),
      ...(client === 'grpc' && { GENERATOR: 'grpc' }),
    },
  }
}

function parseNodeId(id: string): string {
  try {
    proxyFromNode({ id })
    return id
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError(`--proxy: ${reason}`, { cause: error, exitCode: exitCode.usage })
  }
}

function parseLabels(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').map((pair) => {
    const [, key, value] = /^([^=]+)=(.*)$/.exec(pair) ?? []
    if (key === undefined || value === undefined) {
      throw new InvalidArgumentError(`Expected k=v,k=v, got ${JSON.stringify(pair)}.`)
    }
    return [key, value] as const
  })
  return Object.fromEntries(pairs)
}
