import {
  type ControlPlane,
  type ControlPlaneOptions,
  createControlPlane,
  type MemorySource,
  memorySource,
} from '@meshwright/control-plane'
import { type StartedProxy, type StartProxyOptions, startProxy } from '@meshwright/mini-proxy'
import { parseBootstrap } from '@meshwright/xds-client'
import { type ApiType, adsBootstrap } from '../../support/ads-bootstrap.ts'

/** Who a proxy is. */
export interface Identity {
  /** `sidecar~IP~name.namespace~namespace.svc.cluster.local` */
  readonly id: string
  readonly labels: Readonly<Record<string, string>>
  readonly apiType?: ApiType
}

/** A control plane, the proxies that follow it, and all that they log as access. */
export class Mesh implements AsyncDisposable {
  readonly source: MemorySource = memorySource([])
  /** Parsed lines of JSON, by the name of the proxy. */
  readonly accessLog = new Map<string, Record<string, unknown>[]>()
  readonly #proxies: StartedProxy[] = []
  #plane: ControlPlane | undefined

  /** Brings these documents into force and starts the control plane. */
  static async start(text: string, options: Partial<ControlPlaneOptions> = {}): Promise<Mesh> {
    const mesh = new Mesh()
    mesh.source.set([{ path: 'mesh.yaml', text }])
    await mesh.startPlane(options)
    return mesh
  }

  get plane(): ControlPlane {
    if (this.#plane === undefined) throw new Error('the control plane is not there')
    return this.#plane
  }

  /** Starts the control plane on a free port or on the one given. */
  async startPlane(options: Partial<ControlPlaneOptions> = {}, port = 0): Promise<void> {
    this.#plane = await createControlPlane({
      config: this.source,
      listen: { xds: { port }, debug: { port: 0 } },
      debounce: { quietMs: 10, maxMs: 1_000 },
      ...options,
    })
    const { ready, refusal } = this.#plane
    if (!ready) throw new Error(refusal?.diagnostics.map((it) => it.message).join() ?? 'not ready')
  }

  /** Changes the configuration and resolves with the milliseconds until every proxy has answered. */
  async change(text: string): Promise<number> {
    const startMs = performance.now()
    this.source.set([{ path: 'mesh.yaml', text }])
    await this.plane.synced()
    const { refusal } = this.plane
    if (refusal) throw new Error(refusal.diagnostics.map((it) => it.message).join())
    return performance.now() - startMs
  }

  /** Starts a proxy that takes all from the control plane, and waits for its first configuration. */
  async proxy(who: Identity, options: Partial<StartProxyOptions> = {}): Promise<StartedProxy> {
    const { host, port } = this.plane.xdsAddress
    const running = await this.proxyAt(who, { host, port }, options)
    await running.ready
    return running
  }

  /** Starts a proxy of a control plane at this address, be it there or not. */
  async proxyAt(
    who: Identity,
    address: { readonly host: string; readonly port: number },
    options: Partial<StartProxyOptions> = {},
  ): Promise<StartedProxy> {
    const lines = this.accessLog.get(who.id) ?? []
    this.accessLog.set(who.id, lines)
    const running = await startProxy({
      bootstrap: parseBootstrap(bootstrapFor(who, address)),
      accessLog: (line) => void lines.push(JSON.parse(line)),
      ...options,
    })
    this.#proxies.push(running)
    return running
  }

  /** A page of the control plane. */
  async page(path: string): Promise<string> {
    const { host, port } = this.plane.debugAddress
    return (await fetch(`http://${host}:${port}${path}`)).text()
  }

  /** `pilot_xds_pushes` by short type. */
  async pushes(): Promise<Readonly<Record<string, number>>> {
    const found = (await this.page('/metrics')).matchAll(
      /^pilot_xds_pushes\{type="(\w+)"\} (\d+)$/gm,
    )
    return Object.fromEntries([...found].map(([, type, count]) => [type, Number(count)]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#proxies.map((it) => it.close()))
    await this.#plane?.close()
  }
}

/** The bootstrap of a proxy of the mesh; over delta unless it asks for the other. */
export function bootstrapFor(
  { id, labels, apiType = 'DELTA_GRPC' }: Identity,
  { host, port }: { readonly host: string; readonly port: number },
): string {
  return adsBootstrap({ id, labels, apiType, xdsAddress: `${host}:${port}` })
}
