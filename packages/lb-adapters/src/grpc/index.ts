export type { PolicyJson } from './policy-config.ts'
export {
  type GrpcPolicy,
  type PolicySurroundings,
  registerPolicies,
  registerPolicy,
} from './register-policies.ts'
