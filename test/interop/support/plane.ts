import { readdirSync, readFileSync } from 'node:fs'
import {
  type ControlPlane,
  createControlPlane,
  type MemorySource,
  memorySource,
} from '@meshwright/control-plane'
import type { SourceFile } from '@meshwright/mesh-config'

/** A control plane on free ports, and the source that its configuration comes from. */
export interface TestPlane extends AsyncDisposable {
  readonly plane: ControlPlane
  readonly source: MemorySource
  /** `host:port`. */
  readonly xdsAddress: string
  /** JSON of one of its debug pages. */
  debug<T>(path: string): Promise<T>
}

/** Starts a control plane that serves these files. */
export async function startPlane(files: readonly SourceFile[]): Promise<TestPlane> {
  const source = memorySource(files)
  const plane = await createControlPlane({
    config: source,
    listen: { xds: { port: 0 }, debug: { port: 0 } },
    debounce: { quietMs: 10, maxMs: 1_000 },
  })
  if (!plane.ready) throw new Error(`refused: ${plane.refusal?.message}`)
  const { host, port } = plane.debugAddress
  return {
    plane,
    source,
    xdsAddress: `${plane.xdsAddress.host}:${plane.xdsAddress.port}`,
    debug: async <T>(path: string) => (await fetch(`http://${host}:${port}${path}`)).json() as T,
    [Symbol.asyncDispose]: () => plane.close(),
  }
}

/** The demo's configuration. */
export function demoFiles(): SourceFile[] {
  const folder = 'examples/bookinfo/config'
  return readdirSync(folder).map((path) => ({
    path,
    text: readFileSync(`${folder}/${path}`, 'utf8'),
  }))
}

/**
 * The configuration that istiod's recorded answers belong to, without the documents that protect: those are refused until they are
 * enforced (`docs/status.md`).
 */
export function istiodFiles(): SourceFile[] {
  const folder = 'test/fixtures/istiod'
  const documents = readFileSync(`${folder}/config.yaml`, 'utf8').split(/^---\n/m)
  const open = documents.filter(
    (it) => !/^kind: (PeerAuthentication|AuthorizationPolicy)$/m.test(it),
  )
  if (documents.length - open.length !== 2) throw new Error('the fixture is not what it was')
  return [
    { path: 'config.yaml', text: open.join('---\n') },
    { path: 'mesh.yaml', text: readFileSync(`${folder}/mesh.yaml`, 'utf8') },
  ]
}
