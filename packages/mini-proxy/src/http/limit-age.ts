import type { Connection } from '../network/connection.ts'
import type { Deadlines, Expiring } from './deadlines.ts'

/** How long connections may last. */
export interface AgeLimit {
  readonly ms: number
  /** Told of each connection that has lasted so long. */
  onReached(): void
}

/** A connection that can be asked to leave. */
interface Leaving {
  readonly socket: Connection
  retire(): void
}

/** Has an open connection leave when its time is over: it takes no more requests, and closes with the last of them. */
export function limitAge(
  connection: Leaving,
  { ms, onReached }: AgeLimit,
  deadlines: Deadlines,
): void {
  const age: Expiring = {
    deadline: deadlines.after(ms),
    onDeadline() {
      deadlines.remove(age)
      onReached()
      connection.retire()
    },
  }
  deadlines.add(age)
  connection.socket.on('close', () => deadlines.remove(age))
}
