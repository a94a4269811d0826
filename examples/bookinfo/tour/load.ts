import { Agent } from 'node:http'
import { ask, until } from './http.ts'

/** What became of the requests of a load. */
export interface LoadResult {
  readonly sent: number
  readonly ok: number
  /** Answers other than 200, and connections that failed, with how often each happened. */
  readonly failures: ReadonlyMap<string, number>
  readonly seconds: number
}

/** A load that runs until it is stopped. */
export interface Load {
  readonly sent: number
  stop(): Promise<LoadResult>
}

const connections = 32

/** Sends requests at a constant rate over kept-alive connections. */
export function startLoad(
  url: string,
  headers: Readonly<Record<string, string>>,
  perSecond: number,
): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const started = performance.now()
  const inFlight = new Set<Promise<void>>()
  const failures = new Map<string, number>()
  let sent = 0
  let ok = 0
  const count = (failure: string): void => {
    failures.set(failure, (failures.get(failure) ?? 0) + 1)
  }
  const sendDue = (): void => {
    const due = Math.floor(((performance.now() - started) / 1000) * perSecond)
    for (; sent < due; sent += 1) {
      const one = ask(url, { headers, agent }).then(
        ({ status }) => {
          if (status === 200) ok += 1
          else count(`status ${status}`)
        },
        (error: NodeJS.ErrnoException) => count(error.code ?? error.message),
      )
      inFlight.add(one)
      void one.finally(() => inFlight.delete(one))
    }
  }
  const timer = setInterval(sendDue, 5)
  return {
    get sent() {
      return sent
    },
    async stop() {
      clearInterval(timer)
      const seconds = (performance.now() - started) / 1000
      await Promise.all(inFlight)
      agent.destroy()
      return { sent, ok, failures, seconds }
    },
  }
}

/** Waits until so many more requests went out. */
export function sentAtLeast(load: Pick<Load, 'sent'>, more: number): Promise<true> {
  const goal = load.sent + more
  return until(`${more} more requests`, async () => (load.sent >= goal ? true : undefined), 30_000)
}
