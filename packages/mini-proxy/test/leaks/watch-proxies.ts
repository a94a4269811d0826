// Every proxy of this module graph is looked at by the check after each test, once it was closed.
import { createProxy, type MeshProxy } from '../../src/index.ts'
import { takeEnded, watchEnded } from './watched-stats.ts'

const example = createProxy()
const prototype: Pick<MeshProxy, 'close'> = Object.getPrototypeOf(example)
const { close } = prototype
prototype.close = async function (this: MeshProxy): Promise<void> {
  watchEnded(this.stats)
  await close.call(this)
}
await example.close()
takeEnded()
