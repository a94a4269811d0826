import { availableParallelism } from 'node:os'
import { setFlagsFromString } from 'node:v8'

/**
 * Where a proxy has one core to itself, the threads that help V8 to collect young objects can only wait for each other: a
 * pause of a third of a millisecond becomes several, and with it the slowest of a hundred requests. There they are left out.
 */
export function tuneCollector(cores: number = availableParallelism()): void {
  if (cores === 1) setFlagsFromString('--no-parallel-scavenge')
}
