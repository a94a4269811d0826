export { compile } from './compile.ts'
export { CompileError, type CompileErrorCode } from './errors.ts'
export {
  type InterceptionMode,
  type Locality,
  type MeshProxy,
  type NodeJson,
  proxyFromNode,
} from './proxy.ts'
export type { Resources } from './resources.ts'
export { originOf, type RouteOrigin } from './route-origin.ts'
