// Loaded into the proxy's process by `node --import`: tells its memory when asked over IPC. The product knows nothing of it.
import process from 'node:process'
import type { Memory, Question } from './memory.ts'

process.on('message', (question: Question) => {
  if (question.kind === 'leak') leakPerRequest(question.bytes)
  else {
    // Twice: what finalizers let go of is collected by the second.
    globalThis.gc?.()
    globalThis.gc?.()
    const { heapUsed, external, rss } = process.memoryUsage()
    const memory: Memory = { heapBytes: heapUsed + external, rssBytes: rss }
    process.send?.(memory)
  }
})
// Who asks must not keep the proxy alive.
process.channel?.unref()

/** Plants a fault: whenever the proxy asks for the time, which it does for each request, so many bytes stay for ever. */
function leakPerRequest(bytes: number): void {
  const kept: string[] = []
  const now = performance.now.bind(performance)
  performance.now = () => {
    kept.push(String.fromCharCode(97 + (kept.length % 26)).repeat(bytes) + kept.length)
    return now()
  }
}
