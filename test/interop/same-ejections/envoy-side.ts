import { readFileSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { until } from '../../support/until.ts'
import type { RunningEnvoy } from '../support/envoy.ts'
import type { Told } from './play-ours.ts'
import type { Answer, Script } from './script.ts'
import { addressOf, hostAt, type Upstreams } from './upstreams.ts'

interface HostStatus {
  readonly address: { readonly socket_address: { readonly address: string } }
  readonly health_status: { readonly failed_outlier_check?: boolean }
  readonly success_rate?: { readonly value?: number }
}

/** Real Envoy with a cluster for each script. */
export class EnvoySide {
  readonly #envoy: RunningEnvoy
  readonly #upstreams: Upstreams
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true })

  constructor(envoy: RunningEnvoy, upstreams: Upstreams, port: number) {
    this.#envoy = envoy
    this.#upstreams = upstreams
    this.#port = port
  }

  close(): void {
    this.#agent.destroy()
  }

  /** Sends a request to a host of a cluster; the status that comes back. */
  async request({ name, group }: Script, host: string, answer: Answer): Promise<number> {
    const address = addressOf(group, host)
    if (answer === 'refuse') await this.#upstreams.refuse(address)
    const status = await this.#send(name, host, answer)
    if (answer === 'refuse') await this.#upstreams.accept(address)
    return status
  }

  /** Waits until the main thread has done what the workers told it. */
  async settled(): Promise<void> {
    await this.#envoy.admin('/ready')
  }

  /** Waits until a pass shows, or no longer shows, the success rate of a host. */
  async untilRate(cluster: string, host: string, isShown: boolean): Promise<void> {
    await until(`a pass of ${cluster}`, async () => {
      const status = (await this.#statuses(cluster)).find((it) => hostOf(it) === host)
      return (status?.success_rate !== undefined) === isShown || undefined
    })
  }

  async ejected(cluster: string): Promise<string[]> {
    const statuses = await this.#statuses(cluster)
    return statuses.filter((it) => it.health_status.failed_outlier_check === true).map(hostOf)
  }

  #send(cluster: string, host: string, answer: Answer): Promise<number> {
    const headers = { 'x-cluster': cluster, 'x-host': host, 'x-answer': String(answer) }
    const options = { host: '127.0.0.1', port: this.#port, agent: this.#agent, headers }
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(options, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0))
      })
      outgoing.on('error', reject).end()
    })
  }

  async #statuses(cluster: string): Promise<HostStatus[]> {
    const text = await this.#envoy.admin(`/clusters?format=json&filter=^${cluster}$`)
    const { cluster_statuses = [] } = JSON.parse(text)
    return cluster_statuses.find((it: { name: string }) => it.name === cluster).host_statuses
  }
}

/** A line of Envoy's log of outlier events. */
interface LoggedEvent {
  readonly cluster_name: string
  readonly action: string
  readonly type: string
  readonly enforced: boolean
  readonly num_ejections: number
  readonly upstream_url: string
}

/** What Envoy's log of outlier events tells, by cluster. */
export function readEvents(file: string): Map<string, Told[]> {
  const told = new Map<string, Told[]>()
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const event: LoggedEvent = JSON.parse(line)
    const list = told.get(event.cluster_name) ?? []
    told.set(event.cluster_name, [...list, toldBy(event)])
  }
  return told
}

function toldBy(event: LoggedEvent): Told {
  const host = hostAt(event.upstream_url)
  if (event.action === 'UNEJECT') return { host, what: `back ${event.num_ejections}` }
  const how = event.enforced ? 'ejected' : 'not enforced'
  return { host, what: `${how} ${event.type} ${event.num_ejections}` }
}

function hostOf({ address }: HostStatus): string {
  return hostAt(address.socket_address.address)
}
