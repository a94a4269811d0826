import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where nginx writes its process id. It removes the file when it ends, which for root would be `/dev/null` itself. */
export const nginxPidFile: string = join(tmpdir(), `bench-nginx-${process.pid}.pid`)
