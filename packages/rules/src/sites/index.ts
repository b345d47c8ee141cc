export { evaluateSite, type SiteFacts, type SiteFound, type SiteMoment } from './evaluate-site.ts';
export {
  type CompiledSite,
  compileSiteRule,
  membersOf,
  type SiteMembers,
  siteOf,
  valuesOf,
} from './site-rule.ts';
