/** How the command ends. */
export const exitCode = {
  /** It did what it was told. */
  done: 0,
  /** What it was given is wrong, or something failed. */
  failed: 1,
  /** The command line is wrong: an unknown command or flag, a missing or malformed argument. */
  usage: 2,
} as const

/** One of {@link exitCode}. */
export type ExitCode = (typeof exitCode)[keyof typeof exitCode]
