import { formatDiagnostic } from '@meshwright/mesh-config'
import { loadMesh, type Mesh, MeshTestError, type ProxySelection } from '@meshwright/mesh-test'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { CommandError } from '../../command-error.ts'
import type { Terminal } from '../../terminal.ts'

/** Flags that say through whose eyes a mesh is seen. */
export interface MeshFlags {
  readonly proxy?: 'sidecar' | 'router'
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly assumeMissing?: true
}

/** Adds {@link MeshFlags} to a command. */
export function withMeshOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--proxy <kind>',
        "of Istio's resources: seen by a sidecar, or by a gateway (router); default: sidecar",
      ).choices(['sidecar', 'router']),
    )
    .option('--namespace <name>', 'of that proxy; default: default, of a router istio-system')
    .option('--labels <k=v,…>', 'of its workload', parseLabels)
    .option(
      '--assume-missing',
      "make up services, subsets and gateways that Istio's resources refer to",
    )
}

/**
 * Reads the mesh in files and directories, as the flags say. What of it is not looked at goes to stderr.
 *
 * @throws {CommandError} if the configuration has faults, each of which has gone to stderr.
 */
export async function meshOf(
  paths: readonly string[],
  flags: MeshFlags,
  terminal: Terminal,
): Promise<Mesh> {
  const assumeMissing = flags.assumeMissing === true
  try {
    const mesh = await loadMesh({ paths, proxy: proxyOf(flags), assumeMissing })
    for (const text of mesh.assumptions) terminal.stderr(`${paths.join(' ')}: warning: ${text}\n`)
    return mesh
  } catch (error) {
    if (!(error instanceof MeshTestError) || error.diagnostics.length === 0) throw error
    for (const diagnostic of error.diagnostics) {
      terminal.stderr(`${formatDiagnostic(diagnostic)}\n`)
    }
    throw new CommandError(`the configuration in ${paths.join(' ')} has errors`, { cause: error })
  }
}

function proxyOf({ proxy, namespace, labels }: MeshFlags): ProxySelection {
  return {
    ...(proxy !== undefined && { kind: proxy }),
    ...(namespace !== undefined && { namespace }),
    ...(labels !== undefined && { labels }),
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
