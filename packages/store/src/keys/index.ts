export {
  type ApiKey,
  addApiKey,
  isExpired,
  judgeApiKey,
  type KeyAct,
  type KeyVerdict,
  listApiKeys,
  type NewApiKey,
  revokeApiKey,
} from './api-keys.ts';
export { type AuditEntry, type AuditRow, closeAudit, insertAudit, listAudit } from './audit.ts';
export { digestOf } from './key-text.ts';
export { includesScope, KEY_SCOPES, type KeyScope } from './scopes.ts';
