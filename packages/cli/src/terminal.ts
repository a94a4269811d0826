/** What a command may do to the world around it, besides its own work. */
export interface Terminal {
  /** Takes results, with their line ends. */
  readonly stdout: (text: string) => void
  /** Takes complaints and logs, with their line ends. */
  readonly stderr: (text: string) => void
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number
  /** Resolves when the command is asked to end; only long-running commands ask. */
  readonly untilStopped: () => Promise<void>
  /** Calls `run` whenever the command is asked to load itself anew (SIGHUP). */
  readonly onReload: (run: () => void) => void
}
