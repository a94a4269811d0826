import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A service with one endpoint. */
export const serviceYaml = `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: reviews, namespace: default }
spec:
  hosts: [reviews.default.svc.cluster.local]
  addresses: [10.96.0.3]
  location: MESH_INTERNAL
  resolution: STATIC
  ports:
  - { number: 9080, name: http, protocol: HTTP }
  endpoints:
  - { address: 127.0.1.3, labels: { app: reviews } }
`

/** Routes for it, with a field that does not exist in line 7. */
export const brokenYaml = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews, namespace: default }
spec:
  hosts: [reviews.default.svc.cluster.local]
  http:
  - rout: [{ destination: { host: reviews.default.svc.cluster.local } }]
`

/** A folder of one test. */
export class MeshFolder {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async create(): Promise<MeshFolder> {
    return new MeshFolder(await mkdtemp(join(tmpdir(), 'meshwright-cli-')))
  }

  /** Writes a file and gives its path. */
  async write(name: string, text: string): Promise<string> {
    const file = join(this.path, name)
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(file, text)
    return file
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
  }
}
