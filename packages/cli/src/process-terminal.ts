import process from 'node:process'
import type { Terminal } from './terminal.ts'

const signals = { SIGINT: 2, SIGTERM: 15 } as const

/** The terminal, clock and signals of this process. */
export const processTerminal: Terminal = {
  stdout: (text) => {
    process.stdout.write(text)
  },
  stderr: (text) => {
    process.stderr.write(text)
  },
  wallClock: () => Date.now(),
  onReload: (run) => {
    process.on('SIGHUP', run)
  },
  untilStopped: () =>
    new Promise((resolve) => {
      let asked = false
      for (const [signal, number] of Object.entries(signals)) {
        process.on(signal, () => {
          // Whoever asks twice does not want to wait.
          if (asked) process.exit(128 + number)
          asked = true
          resolve()
        })
      }
    }),
}
