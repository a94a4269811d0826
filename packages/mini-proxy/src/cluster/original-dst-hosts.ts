import { tryParseHostPort } from '../network/ip-address.ts'
import type { Discovery } from './compile-cluster.ts'
import { ConnectedHost, type HostContext } from './connected-host.ts'
import type { ConnectorChooser } from './connector.ts'
import type { EndpointSpec } from './endpoint-spec.ts'
import type { HostLocality } from './host-set-of.ts'

type OriginalDst = Extract<Discovery, { kind: 'original-dst' }>

/** The hosts of an ORIGINAL_DST cluster: made when first asked for, dropped when idle over a whole clean-up interval. */
export class OriginalDstHosts {
  readonly #config: OriginalDst
  readonly #choose: ConnectorChooser
  readonly #context: HostContext
  readonly #hosts = new Map<string, Entry>()
  #timer: unknown

  constructor(config: OriginalDst, choose: ConnectorChooser, context: HostContext) {
    this.#config = config
    this.#choose = choose
    this.#context = context
  }

  get hosts(): ConnectedHost[] {
    return [...this.#hosts.values()].map((it) => it.host)
  }

  get localities(): readonly HostLocality[] {
    const hosts = [...this.#hosts.values()]
    return [{ locality: {}, priority: 0, weight: undefined, hosts }]
  }

  /** Undefined without a destination, and once too many are in use. */
  pick(destination: string | undefined): ConnectedHost | undefined {
    const parsed = destination === undefined ? undefined : tryParseHostPort(destination)
    if (parsed === undefined) return undefined
    const port = this.#config.portOverride ?? parsed.port
    const key = `${parsed.address} ${port}`
    const entry = this.#hosts.get(key) ?? this.#create(key, parsed.address, port)
    if (entry === undefined) return undefined
    entry.used = true
    return entry.host
  }

  stop(): void {
    if (this.#timer !== undefined) this.#context.timers.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #create(key: string, host: string, port: number): Entry | undefined {
    if (this.#hosts.size >= maxHosts) return undefined
    const endpoint: EndpointSpec = {
      address: { kind: 'tcp', host, port },
      hostname: undefined,
      weight: 1,
      health: 'healthy',
      metadata: {},
    }
    const connector = this.#choose(endpoint)
    const created = {
      endpoint,
      host: new ConnectedHost(endpoint.address, endpoint, connector, this.#context),
      used: true,
    }
    this.#hosts.set(key, created)
    this.#scheduleCleanup()
    return created
  }

  #scheduleCleanup(): void {
    if (this.#timer !== undefined || !Number.isFinite(this.#config.cleanupMs)) return
    const delay = Math.min(this.#config.cleanupMs, maxTimerMs)
    this.#timer = this.#context.timers.setTimeout(() => this.#cleanUp(), delay)
  }

  #cleanUp(): void {
    this.#timer = undefined
    for (const [key, entry] of this.#hosts) {
      if (!entry.used && entry.host.activeRequests === 0) {
        this.#hosts.delete(key)
        entry.host.drain()
      }
      entry.used = false
    }
    if (this.#hosts.size > 0) this.#scheduleCleanup()
  }
}

interface Entry {
  readonly endpoint: EndpointSpec
  readonly host: ConnectedHost
  /** Since the last clean-up. */
  used: boolean
}

/** A header can name any address: this many hosts are kept at most. */
const maxHosts = 16_384
/** What Node's timers can hold. */
const maxTimerMs = 2_147_483_647
