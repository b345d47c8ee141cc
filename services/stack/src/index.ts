export { readStackConfig, type StackConfig } from './config.ts';
export { main } from './main.ts';
export { recordCity } from './record-city.ts';
export { type Stack, startStack } from './stack.ts';
