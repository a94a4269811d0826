import { createWriteStream, type WriteStream } from 'node:fs'
import type { Log } from './ambient.ts'

/** Appends lines to files by path; `/dev/stdout` and `/dev/stderr` are the process's own. */
export interface LineFiles {
  write(line: string, path: string): void
  /** Settles once everything is written. */
  close(): Promise<void>
}

/** Files are opened on first use. A file that takes lines too slowly loses them rather than fill the memory. */
export function createLineFiles(log: Log): LineFiles {
  const files = new Map<string, WriteStream>()
  /** Paths that lose lines now; said once per stall. */
  const losing = new Set<string>()
  const open = (path: string): WriteStream => {
    const file = createWriteStream(path, { flags: 'a' })
    file.on('error', (error) => {
      files.delete(path)
      log({
        level: 'error',
        scope: 'access-log',
        message: `cannot write ${path}: ${error.message}`,
      })
    })
    files.set(path, file)
    return file
  }
  return {
    write: (line, path) => {
      const file = standardStream(path) ?? files.get(path) ?? open(path)
      if (file.writableLength < maxWaitingBytes) {
        losing.delete(path)
        file.write(line)
      } else if (!losing.has(path)) {
        losing.add(path)
        log({
          level: 'warn',
          scope: 'access-log',
          message: `${path} takes lines too slowly: lines are lost`,
        })
      }
    },
    close: async () => {
      await Promise.all(
        [...files.values()].map(
          (file) => new Promise<void>((resolve) => file.end(() => resolve())),
        ),
      )
      files.clear()
    },
  }
}

const maxWaitingBytes = 4_194_304

function standardStream(path: string): NodeJS.WriteStream | undefined {
  if (path === '/dev/stdout') return process.stdout
  return path === '/dev/stderr' ? process.stderr : undefined
}
