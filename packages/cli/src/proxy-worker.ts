import { tuneCollector } from './commands/tune-collector.ts'
import { tuneCompiler } from './commands/tune-compiler.ts'
import { beginLeanStart, settleLeanStart } from './lean-start.ts'

// What `meshwright proxy` forks for each process that serves.
beginLeanStart()
tuneCollector()
tuneCompiler()
const { runProxyWorker } = await import('@meshwright/mini-proxy')
runProxyWorker({ onReady: settleLeanStart })
