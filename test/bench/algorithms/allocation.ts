import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const calls = 10_000_000
/** So many that windows of half a minute have begun to forget, at 64 calls per ms: code that runs for the first time is compiled anew. */
const warmUpCalls = 3_000_000
/** So few that the young generation is not collected in between, or their bytes would not be seen. */
const callsAtOnce = 10_000
/** What the measurement itself takes. */
const noiseBytes = 1024

/** Bytes that a call allocates on average, to a tenth of a byte, if they are fewer than a hundred. The function is warmed up first. */
export function bytesPerCall(run: () => unknown): number {
  for (let i = 0; i < warmUpCalls; i++) sink.last = run()
  const collect = collector()
  collect()
  let bytes = 0
  for (let done = 0; done < calls; done += callsAtOnce) {
    collect({ type: 'minor' })
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < callsAtOnce; i++) sink.last = run()
    bytes += Math.max(0, process.memoryUsage().heapUsed - before - noiseBytes)
  }
  return Math.round((10 * bytes) / calls) / 10
}

/** Where results go, so that no compiler may leave out the work. */
const sink: { last: unknown } = { last: undefined }

export function collector(): (options?: { readonly type: 'minor' }) => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
}
