import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** An operator's profile acme/drip with a vendor's decoder: fPort 1, `litres` is the water index. */
export async function writeProfile(root: string, decoder: string): Promise<void> {
  const folder = join(root, 'acme', 'drip');
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'profile.yaml'),
    `vendor: Acme
name: Drip
medium: water
description: { en: A pulse counter, fr: Un compteur d'impulsions }
source: [{ what: the frame, where: this test, licence: Apache-2.0 }]
lorawan: { macVersion: 1.0.3, regionalParameters: RP001-1.0.3-RevA, class: A, activation: OTAA }
reportInterval: PT1H
fPorts: [1]
measurements:
  - { quantity: water_volume, field: litres, unit: L }
`,
  );
  await writeFile(join(folder, 'decoder.js'), decoder);
}
