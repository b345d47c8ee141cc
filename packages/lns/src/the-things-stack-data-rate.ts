import { z } from 'zod';
import { dataRate, hertz, tolerant } from './fields.ts';

/** A protobuf integer, which the JSON mapping writes as a string where it has 64 bits. */
const integer = z.union([z.int(), z.string().regex(/^\d+$/).transform(Number)]);

/**
 * `settings` of an uplink. The Things Stack told `data_rate_index` until 3.15; since 3.16 only the
 * modulation is there (`TxSettings.data_rate` of its API).
 */
export const settings = z
  .object({
    data_rate_index: dataRate,
    data_rate: tolerant(
      z.object({
        lora: tolerant(z.object({ bandwidth: integer, spreading_factor: integer })),
        fsk: z.unknown().optional(),
      }),
    ),
    frequency: tolerant(integer.pipe(hertz)),
  })
  .transform(({ data_rate_index: index, data_rate: modulation, frequency }) => ({
    dataRate: index ?? (modulation == null || !isEurope(frequency) ? undefined : indexInEurope(modulation)),
    frequencyHz: frequency ?? undefined,
  }));

interface Modulation {
  readonly lora?: { readonly bandwidth: number; readonly spreading_factor: number } | null | undefined;
  readonly fsk?: unknown;
}

function isEurope(frequencyHz: number | null | undefined): boolean {
  return frequencyHz != null && frequencyHz >= 863_000_000 && frequencyHz <= 870_000_000;
}

/**
 * The index of a data rate in EU863-870 (RP002-1.0.4, table 8); those of India and Russia, whose bands lie
 * in it, have the same. LR-FHSS (DR8 to DR11) has no index here: its stack names widths, not channels.
 */
function indexInEurope({ lora, fsk }: Modulation): number | undefined {
  if (lora == null) return fsk == null ? undefined : 7;
  const { bandwidth, spreading_factor: factor } = lora;
  if (bandwidth === 125_000 && factor >= 7 && factor <= 12) return 12 - factor;
  return bandwidth === 250_000 && factor === 7 ? 6 : undefined;
}
