import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Acknowledgements } from './acknowledgements.ts';

it('sends PUBACKs in the order of the PUBLISHes, whatever the order of the commits [MQTT-4.6.0-2]', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 65_535 }), { maxLength: 50 }),
      fc.infiniteStream(fc.nat()),
      (ids, draws) => {
        const sent: number[] = [];
        const acknowledgements = new Acknowledgements((id) => sent.push(id));
        const commits = ids.map((id) => acknowledgements.expect(id));
        while (commits.length > 0) {
          const [commit] = commits.splice((draws.next().value ?? 0) % commits.length, 1);
          commit?.();
          expect(sent).toEqual(ids.slice(0, sent.length));
        }
        expect(sent).toEqual(ids);
      },
    ),
  );
});

it('holds an acknowledgement back until those before it are due', () => {
  const sent: number[] = [];
  const acknowledgements = new Acknowledgements((id) => sent.push(id));
  const [first, second, third] = [
    acknowledgements.expect(10),
    acknowledgements.expect(11),
    acknowledgements.expect(12),
  ];
  third?.();
  second?.();
  expect(sent).toEqual([]);
  first?.();
  expect(sent).toEqual([10, 11, 12]);
});
