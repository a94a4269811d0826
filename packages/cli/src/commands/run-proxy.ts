import type {
  BoundAddress,
  StartProxyOptions,
  SupervisedProxy,
  SuperviseOptions,
} from '@meshwright/mini-proxy'
import { tuneCollector } from './tune-collector.ts'
import { tuneCompiler } from './tune-compiler.ts'

/** A proxy as the command sees it: in this process, or in others that this one looks after. */
export interface RunningProxy {
  readonly admin: BoundAddress | undefined
  /** Replaces the processes that serve; undefined: there are none. */
  readonly restart: SupervisedProxy['restart'] | undefined
  drain(boundMs: number): Promise<void>
  close(): Promise<void>
}

/** Runs a proxy in this process. */
export async function runAlone(options: StartProxyOptions): Promise<RunningProxy> {
  tuneCollector()
  tuneCompiler()
  const { startProxy } = await import('@meshwright/mini-proxy')
  const proxy = await startProxy(options)
  return {
    admin: proxy.admin,
    restart: undefined,
    drain: (boundMs) => proxy.drain({ boundMs }),
    close: () => proxy.close(),
  }
}

/** Runs a proxy in processes of its own, whose ports this one holds; they start as lean as can be. */
export async function runLean(options: SuperviseOptions): Promise<RunningProxy> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new URL(`../proxy-worker.${extension}`, import.meta.url)
  return runSupervised({ ...options, worker })
}

/** Runs a proxy in processes of its own, whose ports this one holds. */
export async function runSupervised(options: SuperviseOptions): Promise<RunningProxy> {
  const { superviseProxy } = await import('@meshwright/mini-proxy')
  const proxy = await superviseProxy(options)
  return {
    admin: proxy.admin,
    restart: (bootstrap) => proxy.restart(bootstrap),
    drain: (boundMs) => proxy.drain({ boundMs }),
    close: () => proxy.close(),
  }
}
