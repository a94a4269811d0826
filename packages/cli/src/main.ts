#!/usr/bin/env node
import process from 'node:process'
import { beginLeanStart } from './lean-start.ts'

const exitGraceMs = 1000

// Whoever reads the output may stop to read, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

beginLeanStart()
const { run } = await import('./run.ts')
process.exitCode = await run(process.argv.slice(2))
// A peer that holds on to a connection must not keep the process: what is to be written by now is written.
setTimeout(() => process.exit(), exitGraceMs).unref()
