export { type Complaint, complaintsOf } from './complaints.ts';
export { type Place, placeIn, readYamlText, type YamlText } from './yaml-text.ts';
