export {
  BalancedDispatcher,
  type BalancedDispatcherOptions,
  createBalancedDispatcher,
} from './balanced-dispatcher.ts'
