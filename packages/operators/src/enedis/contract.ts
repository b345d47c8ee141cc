import { VeilleurError } from '@veilleur/domain';

import { wholeNumber } from '../exact.ts';
import { dayOf, FRANCE, startOfDay } from '../local-time.ts';
import { type OperatorReading, withKey } from '../reading.ts';
import { ContractAnswer } from './data-connect-schema.ts';

/**
 * The subscribed powers of a Data Connect v5 contract answer (`9 kVA`).
 *
 * @throws VeilleurError `contract_invalid` when the answer is none.
 */
export function readDataConnectContract(answer: unknown, zone = FRANCE): readonly OperatorReading[] {
  const read = ContractAnswer.safeParse(answer);
  if (!read.success) {
    const reason = read.error.issues[0]?.path.join('.') ?? 'customer';
    throw new VeilleurError(
      'contract_invalid',
      `The answer is no contract of Data Connect: ${reason} is not as expected`,
      {
        remedy: 'Give the answer of customers_upc/v5/usage_points/contracts.',
      },
    );
  }
  return read.data.customer.usage_points.flatMap(({ usage_point, contracts }) => {
    const [number = '', unit = ''] = (contracts.subscribed_power ?? '').split(/\s+/);
    const value = wholeNumber(number, unit.toLowerCase().startsWith('k') ? 3 : 0);
    if (value === null) return [];
    const day = dayOf((contracts.last_activation_date ?? '').slice(0, 10));
    return [
      withKey({
        kind: 'fact',
        fact: 'subscribed_power',
        operator: 'enedis',
        pointId: usage_point.usage_point_id,
        sourceLine: 1,
        value,
        unit: /va$/i.test(unit) ? 'VA' : 'W',
        from: day === null ? null : startOfDay(day, zone),
      }),
    ];
  });
}
