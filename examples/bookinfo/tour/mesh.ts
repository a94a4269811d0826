import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Child, Children } from './children.ts'
import { ask, until } from './http.ts'
import { bootstrapOf, controlPlane, ingress, ports, type Workload, workloads } from './workloads.ts'

const here = fileURLToPath(new URL('..', import.meta.url))
/** The program `meshwright`. */
export const cli: string = fileURLToPath(new URL('main.js', import.meta.resolve('@meshwright/cli')))
const startLimitMs = 20_000

/** The running mesh: its processes, and the folder that its configuration is read from. */
export class Mesh {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'bookinfo-'))
  readonly config: string = join(this.folder, 'config')
  readonly children: Children = new Children()
  readonly proxies = new Map<string, Child>()
  readonly apps = new Map<string, Child>()
  controlPlane: Child | undefined

  /** Starts the control plane, then each application beside its sidecar, then the ingress. */
  async start(): Promise<void> {
    cpSync(join(here, 'config'), this.config, { recursive: true })
    mkdirSync(join(this.folder, 'state'))
    await this.startControlPlane()
    for (const workload of workloads) this.#startApp(workload)
    for (const workload of [...workloads, ingress]) this.startProxy(workload)
    await Promise.all([
      ...[...this.apps.values()].map((app) => app.waitForLine(/listens on/, startLimitMs)),
      ...[...workloads, ingress].map((workload) => this.ready(workload)),
    ])
  }

  async startControlPlane(): Promise<void> {
    this.controlPlane = this.children.start('control plane', [
      process.execPath,
      cli,
      'control-plane',
      ...['--config-dir', this.config],
      ...['--state-dir', join(this.folder, 'state')],
      ...['--xds-address', controlPlane.xds],
      ...['--debug-address', controlPlane.debug],
    ])
    await until(
      'the control plane to be ready',
      async () =>
        (await ask(`http://${controlPlane.debug}/ready`)).status === 200 ? true : undefined,
      startLimitMs,
    ).catch((cause: Error) => {
      throw new Error(`${cause.message}\n${this.controlPlane?.complaints.join('\n')}`, { cause })
    })
  }

  /** Starts our proxy as the workload's sidecar, or `program` in its place. */
  startProxy(workload: Workload, program?: readonly string[]): void {
    const file = join(this.folder, `${workload.name}.yaml`)
    writeFileSync(file, bootstrapOf(workload))
    const command = program ?? [process.execPath, cli, 'proxy', '--bootstrap']
    this.proxies.set(
      workload.name,
      this.children.start(`proxy of ${workload.name}`, [...command, file]),
    )
  }

  /** Waits until the workload's proxy has its configuration and listens. */
  async ready(workload: Workload): Promise<void> {
    const child = this.proxies.get(workload.name)
    await until(
      `the proxy of ${workload.name} to be ready`,
      async () => {
        const { status, text } = await ask(`http://${workload.address}:${ports.admin}/ready`)
        const listeners = await ask(`http://${workload.address}:${ports.admin}/listeners`)
        return status === 200 &&
          text.startsWith('LIVE') &&
          listeners.text.includes(workload.address)
          ? true
          : undefined
      },
      startLimitMs,
    ).catch((cause: Error) => {
      throw new Error(`${cause.message}\n${child?.complaints.slice(-10).join('\n')}`, { cause })
    })
  }

  /** Ends every process and removes the folder. */
  async end(): Promise<void> {
    await this.children.endAll()
    rmSync(this.folder, { recursive: true, force: true })
  }

  #startApp(workload: Workload): void {
    const proxy = `http://${workload.address}:${ports.outbound}`
    const env = {
      HOST: workload.address,
      PORT: String(ports.app),
      VERSION: workload.version,
      http_proxy: proxy,
      NODE_USE_ENV_PROXY: '1',
    }
    const command =
      workload.app === 'ratings' && hasPython
        ? ['python3', join(here, 'apps/ratings.py')]
        : [process.execPath, join(here, `apps/${workload.app}.ts`)]
    this.apps.set(workload.name, this.children.start(workload.name, command, env))
  }
}

/** Whether one of the applications can be the Python one. */
export const hasPython: boolean = spawnSync('python3', ['--version']).status === 0
