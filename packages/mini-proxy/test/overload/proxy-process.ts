// A proxy alone in a process, which tells what it holds and counts. Usage: fork(this, [bootstrap as JSON], --expose-gc)
import { parseBootstrap } from '@meshwright/xds-client'
import { startProxy } from '../../src/index.ts'
import type { ProcessReport, Question } from './proxy-alone.ts'

const running = await startProxy({ bootstrap: parseBootstrap(process.argv[2] ?? '') })
await running.ready
const { proxy } = running

/** A fault, planted. */
const held: Buffer[] = []

process.on('message', (question: Question) => {
  if (typeof question === 'number') held.splice(0, 1, Buffer.alloc(question))
  else if (question === 'memory') {
    globalThis.gc?.()
    globalThis.gc?.()
  }
  const { heapUsed, external } = process.memoryUsage()
  const stats: Record<string, number> = {}
  for (const { name, instrument } of proxy.stats.list()) {
    if (instrument.kind !== 'histogram') stats[name] = instrument.value
  }
  const report: ProcessReport = {
    port: proxy.listeners.get('in')?.port ?? 0,
    heldBytes: heapUsed + external,
    stats,
  }
  process.send?.(report)
})
process.once('disconnect', () => process.exit())
process.send?.('ready')
