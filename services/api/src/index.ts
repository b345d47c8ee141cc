export { type Api, type ApiDependencies, startApi } from './api.ts';
export { type ApiConfig, type ApiProgramConfig, readApiConfig } from './config.ts';
export { main } from './main.ts';
