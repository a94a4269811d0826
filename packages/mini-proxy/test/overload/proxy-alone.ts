import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { cluster, http, listener, routesTo } from '../resources.ts'

/** What the process says of itself. */
export interface ProcessReport {
  readonly port: number
  /** Of the heap and of buffers outside of it; collected before if that was asked for. */
  readonly heldBytes: number
  /** Counters and gauges by name. */
  readonly stats: Readonly<Record<string, number>>
}

/** To collect first, not to, or to hold so many bytes for no reason from now on. */
export type Question = 'memory' | 'stats' | number

export interface AloneOptions {
  readonly appPort: number
  /** Fields of the connection manager. */
  readonly manager?: object
}

/** A proxy in a process of its own, so that its memory is its own. */
export class ProxyAlone {
  readonly port: number
  readonly #child: ChildProcess
  #before: ProcessReport

  private constructor(child: ChildProcess, report: ProcessReport) {
    this.#child = child
    this.#before = report
    this.port = report.port
  }

  /** One listener `in` before one app. */
  static async start({ appPort, manager }: AloneOptions): Promise<ProxyAlone> {
    const { virtualHosts } = routesTo('r', 'app')
    const routeConfig = { name: 'r', virtualHosts }
    const limits = { maxConnections: 10_000, maxRequests: 10_000, maxPendingRequests: 10_000 }
    const bootstrap = {
      node: { id: 'p', cluster: 'c' },
      staticResources: {
        listeners: [listener('in', [http('', { rds: undefined, routeConfig, ...manager })])],
        clusters: [cluster('app', [appPort], { circuitBreakers: { thresholds: [limits] } })],
      },
    }
    const script = fileURLToPath(new URL('proxy-process.ts', import.meta.url))
    const execArgv = ['--expose-gc', '--conditions=@meshwright/source']
    const child = fork(script, [JSON.stringify(bootstrap)], { execArgv })
    await once(child, 'message')
    return new ProxyAlone(child, await ask(child, 'memory'))
  }

  /** Counters and gauges by name. */
  async stats(): Promise<ProcessReport['stats']> {
    return (await ask(this.#child, 'stats')).stats
  }

  /** What it holds from now on is measured from here. */
  async mark(): Promise<void> {
    this.#before = await ask(this.#child, 'memory')
  }

  /** Bytes held beyond those at the mark. */
  async grown(): Promise<number> {
    return (await ask(this.#child, 'memory')).heldBytes - this.#before.heldBytes
  }

  async stat(name: string): Promise<number> {
    return (await this.stats())[name] ?? 0
  }

  /** Plants a fault: it holds so many bytes for nothing. */
  async hold(bytes: number): Promise<void> {
    await ask(this.#child, bytes)
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await ended
  }
}

async function ask(child: ChildProcess, question: Question): Promise<ProcessReport> {
  child.send(question)
  const [report] = await once(child, 'message')
  return report as ProcessReport
}
