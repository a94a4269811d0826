import { fileURLToPath } from 'node:url'

/** A proxy under test: what its file says, and how it is started on it. */
export interface ProxyUnderTest {
  readonly name: string
  readonly port: number
  readonly fileName: string
  readonly config: string
  command(file: string): readonly string[]
  /** Set for its process, besides what the benchmark has. */
  readonly environment?: Readonly<Record<string, string>>
}

/** What is said of a proxy to start it. */
export interface Start {
  readonly name: string
  readonly port: number
  readonly config: string
}

/** nginx with one worker, which is its only process. */
export function nginx(start: Start): ProxyUnderTest {
  return { ...start, fileName: `${start.port}.conf`, command: (file) => ['nginx', '-c', file] }
}

/** haproxy; its file says how many threads. */
export function haproxy(start: Start): ProxyUnderTest {
  return {
    ...start,
    fileName: `${start.port}.cfg`,
    command: (file) => ['haproxy', '-db', '-f', file],
  }
}

/** Envoy, the program at `path`, with one worker. */
export function envoy(path: string, start: Start): ProxyUnderTest {
  const options = ['--disable-hot-restart', '--concurrency', '1', '-l', 'error', '-c']
  return {
    ...start,
    fileName: `${start.port}.yaml`,
    command: (file) => [path, ...options, file],
  }
}

/** Our proxy as it is built, in one process, by the fast path or only by the public API of sockets. */
export function miniProxy(start: Start, io: 'fast' | 'portable' = 'fast'): ProxyUnderTest {
  return {
    ...start,
    fileName: `${start.port}.yaml`,
    command: (file) => [process.execPath, ...process.execArgv, cli, 'proxy', '--bootstrap', file],
    environment: io === 'portable' ? { MESHWRIGHT_IO: 'portable' } : {},
  }
}

/** A program for node, which is given the file that says its port and the backend's. */
export function nodeProgram(program: URL, start: Start): ProxyUnderTest {
  return {
    ...start,
    fileName: `${start.port}.json`,
    command: (file) => [process.execPath, fileURLToPath(program), file],
    environment: { NODE_ENV: 'production' },
  }
}

const entry = import.meta.resolve('@meshwright/cli')
const cli = fileURLToPath(new URL(entry.endsWith('.ts') ? 'main.ts' : 'main.js', entry))
