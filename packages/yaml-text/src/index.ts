export { type Complaint, complaintLines, complaintsOf, errorLines, lineAt, plainWhy } from './complaints.ts';
export { type Place, placeIn, readYamlText, type YamlText } from './yaml-text.ts';
