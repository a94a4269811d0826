// Asks a proxy again and again, one request at a time, on a thread of its own, so that nothing but the proxy delays an answer.
import { Agent, request } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

const { port, path } = workerData as { readonly port: number; readonly path: string }
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
let times: number[] = []
let going = true

parentPort?.on('message', (what: 'times' | 'end') => {
  if (what === 'end') going = false
  else {
    parentPort?.postMessage(times)
    times = []
  }
})

while (going) times.push(await ask())
agent.destroy()
parentPort?.close()

/** Asks once; gives the milliseconds to the end of the answer. */
function ask(): Promise<number> {
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`))
      response.resume().on('end', () => resolve(performance.now() - started))
    })
    asked.on('error', reject)
    asked.end()
  })
}
