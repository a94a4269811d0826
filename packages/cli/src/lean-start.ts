import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * How V8 is to treat what only starts a program. Hundreds of modules are loaded once: neither compilers for hot code nor a
 * nursery that grows pay for that, yet their memory stays for as long as the process lives, thirty megabytes.
 */
const flags: readonly (readonly [lean: string, usual: string])[] = [
  ['--semi-space-growth-factor=1', '--semi-space-growth-factor=2'],
  ['--no-sparkplug', '--sparkplug'],
  ['--no-maglev', '--maglev'],
  ['--no-turbofan', '--turbofan'],
]

/** One way only: what the user has set for all of the process stays. */
let isLean = false

/** Whoever has not started by then waits for others, and may serve already. */
const longestMs = 10_000

/**
 * Starts as lean as can be, until {@link endLeanStart} or for `maxMs` milliseconds, 10 000 by default: call it before anything
 * is loaded. Does nothing where Node was given flags of its own.
 */
export function beginLeanStart(maxMs: number = longestMs): void {
  if (isLean || process.execArgv.length > 0 || process.env['NODE_OPTIONS'] !== undefined) return
  isLean = true
  for (const [lean] of flags) setFlagsFromString(lean)
  setTimeout(endLeanStart, maxMs).unref()
}

/** From here on work is repeated, and V8 is what it usually is. Calling it again does nothing. */
export function endLeanStart(): void {
  if (!isLean) return
  isLean = false
  for (const [, usual] of flags) setFlagsFromString(usual)
}

/**
 * Ends a lean start that is complete, and gives back what only it needed: some ten milliseconds, before there is much to
 * collect or anybody who waits. Nothing is collected where the start was not lean to its end, for then it was a large one.
 */
export function settleLeanStart(): void {
  if (!isLean) return
  endLeanStart()
  setFlagsFromString('--expose-gc')
  const collect: (options: object) => void = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  // Not at once: what is under way still holds on to what started it.
  setTimeout(() => {
    // Code that has not run since the last collection goes too; it is compiled again where it is run again.
    setFlagsFromString('--bytecode-old-age=1')
    collect({ type: 'major', flavor: 'last-resort' })
    setFlagsFromString('--bytecode-old-age=6')
  }, settledAfterMs).unref()
}

const settledAfterMs = 50
