import { VeilleurError } from '@veilleur/domain';
import type { Gateway, GatewaySpan } from './plan.ts';

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Spans by gateway, for a question a reception. */
export class GatewaySpans {
  readonly #byGateway: readonly (readonly Span[] | undefined)[];

  /** @throws VeilleurError `radio_plan_invalid` where a span names a gateway that is not in the plan. */
  constructor(gateways: readonly Gateway[], spans: readonly GatewaySpan[] = []) {
    const byGateway: Span[][] = [];
    for (const { gatewayId, from, to } of spans) {
      const gateway = gateways.findIndex(({ id }) => id === gatewayId);
      if (gateway === -1) {
        throw new VeilleurError('radio_plan_invalid', `an outage names gateway ${gatewayId}`, {
          remedy: 'Name a gateway of the plan.',
        });
      }
      const own = byGateway[gateway] ?? [];
      own.push({ fromMs: from.getTime(), toMs: to.getTime() });
      byGateway[gateway] = own;
    }
    this.#byGateway = byGateway;
  }

  /** The end of the span that holds `timeMs`; undefined where none does. */
  endAround(gateway: number, timeMs: number): number | undefined {
    const spans = this.#byGateway[gateway];
    if (spans === undefined) return undefined;
    for (const { fromMs, toMs } of spans) if (timeMs >= fromMs && timeMs < toMs) return toMs;
    return undefined;
  }
}
