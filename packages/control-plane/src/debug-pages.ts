import { formatDiagnostic } from '@meshwright/mesh-config'
import type { ClientStatus, ServedResources } from '@meshwright/xds-server'
import { clientName } from './client-name.ts'
import { configDump } from './config-dump.ts'
import type { CurrentConfig, Refusal } from './config-loop.ts'
import type { Page, Pages } from './debug-server.ts'
import { syncz } from './syncz.ts'

/** What the pages tell of. */
export interface DebugSubject {
  readonly plane: {
    readonly ready: boolean
    readonly current: CurrentConfig | undefined
    readonly refusal: Refusal | undefined
    clients(): readonly ClientStatus[]
  }
  readonly metrics: () => string
  readonly resourcesOf: (id: number) => ReadonlyMap<string, ServedResources> | undefined
}

/** The pages of the debug server, most under the names that they have in istiod. */
export function debugPages(subject: DebugSubject): Pages {
  const { plane, metrics } = subject
  return new Map<string, (query: URLSearchParams) => Page>([
    ['/ready', () => readiness(subject)],
    ['/metrics', () => ({ status: 200, body: metrics() })],
    ['/debug/syncz', () => ({ status: 200, body: syncz(plane.clients()) })],
    ['/debug/config_dump', (query) => dumpPage(subject, query.get('proxyID') ?? '')],
    ['/debug/configz', () => ({ status: 200, body: configz(subject) })],
  ])
}

function readiness({ plane: { ready, refusal } }: DebugSubject): Page {
  if (ready) return { status: 200, body: 'ready\n' }
  const faults = refusal?.diagnostics.map(formatDiagnostic) ?? []
  const lines = ['not ready', refusal?.message ?? 'starting', ...faults]
  return { status: 503, body: `${lines.join('\n')}\n` }
}

function dumpPage({ plane, resourcesOf }: DebugSubject, proxyId: string): Page {
  const clients = plane.clients()
  const client = clients.find((it) => clientName(it) === proxyId || it.node.id === proxyId)
  const resources = client === undefined ? undefined : resourcesOf(client.id)
  if (resources !== undefined) return { status: 200, body: configDump(resources) }
  const names = clients.map((it) => JSON.stringify(clientName(it)))
  const question = `no proxy ${JSON.stringify(proxyId)} is connected; proxyID is one of:`
  return { status: 404, body: `${[question, ...names].join('\n')}\n` }
}

/** What is in force and what was refused; no texts, in which there may be secrets. */
function configz({ plane: { current, refusal } }: DebugSubject): object {
  return {
    ...(current === undefined ? {} : { current: currentEntry(current) }),
    ...(refusal === undefined ? {} : { refusal: refusalEntry(refusal) }),
  }
}

function currentEntry({ origin, acceptedAtWallMs, files, diagnostics }: CurrentConfig): object {
  return {
    origin,
    accepted_at: new Date(acceptedAtWallMs).toISOString(),
    files: files.map(({ path }) => path),
    warnings: diagnostics,
  }
}

function refusalEntry({ message, atWallMs, diagnostics }: Refusal): object {
  return { message, at: new Date(atWallMs).toISOString(), diagnostics }
}
