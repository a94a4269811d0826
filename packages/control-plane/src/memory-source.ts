import type { SourceFile } from '@meshwright/mesh-config'
import type { ConfigSource } from './config-source.ts'

/** Configuration that a program holds. */
export interface MemorySource extends ConfigSource {
  /** Replaces all files. */
  set(files: readonly SourceFile[]): void
}

/** Makes a source of configuration that a program holds and may change. No files are an empty mesh. */
export function memorySource(files: readonly SourceFile[]): MemorySource {
  let current = files
  const watchers = new Set<() => void>()
  return {
    name: 'memory',
    read: async () => current,
    set(next) {
      current = next
      for (const changed of watchers) changed()
    },
    watch(changed) {
      watchers.add(changed)
      return { close: () => void watchers.delete(changed) }
    },
  }
}
