export {
  type BalancedAgent,
  type BalancedAgentOptions,
  type BalancedHttpsAgentOptions,
  balanceAgent,
  createBalancedAgent,
  createBalancedHttpsAgent,
} from './balanced-agent.ts'
