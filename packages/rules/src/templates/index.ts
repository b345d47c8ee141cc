import { BUILDING_TEMPLATES } from './building.ts';
import { DEVICE_TEMPLATES } from './device.ts';
import { ENERGY_TEMPLATES } from './energy.ts';
import { LIGHTING_TEMPLATES } from './lighting.ts';
import type { Template } from './template.ts';
import { WATER_TEMPLATES } from './water.ts';

/** The rules that are shipped, in the order in which they are shown. */
export const TEMPLATES: readonly Template[] = [
  ...WATER_TEMPLATES,
  ...ENERGY_TEMPLATES,
  ...LIGHTING_TEMPLATES,
  ...DEVICE_TEMPLATES,
  ...BUILDING_TEMPLATES,
];

export function templateNamed(name: string): Template | undefined {
  return TEMPLATES.find((one) => one.name === name);
}
