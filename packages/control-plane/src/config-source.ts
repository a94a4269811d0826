import type { SourceFile } from '@meshwright/mesh-config'

/** Where configuration comes from. */
export interface ConfigSource {
  /** What to call it in messages. */
  readonly name: string
  /**
   * All files, as they are now.
   *
   * Rejects with a {@link ControlPlaneError} if they cannot be read; a source that lost its
   * configuration rejects rather than to give none.
   *
   * @param accepted the files that were accepted last, none if none ever were
   */
  read(accepted: readonly SourceFile[]): Promise<readonly SourceFile[]>
  /** Calls `changed` whenever `read` may give something else, until it is closed. May call it in vain. */
  watch(changed: () => void): { close(): void }
}
