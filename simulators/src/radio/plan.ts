import type { EmittingDevice } from '../emission.ts';

export interface Gateway {
  /** EUI-64, lower case hexadecimal. */
  readonly id: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly altitude: number;
}

export interface GatewaySpan {
  readonly gatewayId: string;
  readonly from: Date;
  /** Not included. */
  readonly to: Date;
}

/** Devices that begin anew: OTAA devices join again, ABP devices count from 0 under the same address. */
export interface Restart {
  readonly at: Date;
  /** Each at a moment of its own between `at` and so much later. */
  readonly withinMs: number;
  /** All of them by default. */
  readonly applies?: (device: EmittingDevice) => boolean;
}

/** How the server's side treats frames on the way to the subscribers. Shares are from 0 to 1. */
export interface ServerHabits {
  /** Refuses a counter that is not above the last one, as the standard has it. Default true. */
  readonly checksCounters?: boolean;
  /** Publishes a repeated frame that is not an ack's retransmission of the same 200 ms again. Default false. */
  readonly forwardsRepeats?: boolean;
  /** Frames that a second replica of the server publishes as well, under a deduplication id of its own. */
  readonly replicaShare?: number;
  /** Messages that the broker hands on twice, to the byte. */
  readonly redeliveryShare?: number;
  /** Messages that are overtaken by later ones. */
  readonly reorderShare?: number;
  /** How late these come at most, seconds. Default 1.5. */
  readonly reorderWithin_s?: number;
  /** How often the server asks a device for battery and margin. Default a day; 0 is never. */
  readonly statusEveryMs?: number;
}

export interface RadioPlan {
  /** At most 250. */
  readonly gateways: readonly Gateway[];
  /** Spans in which a gateway hears nothing. */
  readonly gatewayOutages?: readonly GatewaySpan[];
  /** Spans in which a gateway hears, keeps what it heard, and delivers it after the span in its order. */
  readonly backhaulOutages?: readonly GatewaySpan[];
  readonly restarts?: readonly Restart[];
  /**
   * How devices are found at their first emission: long since joined, their counter that of their
   * reports (the default), or fresh from the box, so that they join first.
   */
  readonly activation?: 'in_service' | 'join_first';
  /** Frames that a device keeps while it may not send. Default 8. */
  readonly queueLength?: number;
  /** How often an unconfirmed frame is sent. Default 1. */
  readonly nbTrans?: number;
  /** How often a confirmed frame is sent at most. Default 8. */
  readonly confirmedAttempts?: number;
  /** Acknowledgements and join accepts that the device does not hear. Default 0.02. */
  readonly downlinkLossShare?: number;
  /** Transmissions that no gateway hears, beyond what distance and other frames do. Default 0. */
  readonly lossShare?: number;
  readonly server?: ServerHabits;
  /** What DevStatusAns says: percent, or null for a device on external power. Default: by medium. */
  readonly battery_percent?: (device: EmittingDevice, at: Date) => number | null;
}

/** Any number of gateways, evenly over a circle. Their ids are locally administered, so they are nobody's. */
export function gatewaysAround(
  centre: { readonly latitude: number; readonly longitude: number },
  count: number,
  radius_km: number,
): Gateway[] {
  // A sunflower's spiral: as even as points can lie in a circle, for any number of them.
  return Array.from({ length: count }, (_, n) => {
    const distance_km = radius_km * Math.sqrt((n + 0.5) / count);
    const angle = n * Math.PI * (3 - Math.sqrt(5));
    return {
      id: `02564c00${(n + 1).toString(16).padStart(8, '0')}`,
      latitude: toMetres(centre.latitude + (distance_km * Math.cos(angle)) / KM_A_DEGREE),
      longitude: toMetres(
        centre.longitude +
          (distance_km * Math.sin(angle)) / (KM_A_DEGREE * Math.cos((centre.latitude * Math.PI) / 180)),
      ),
      altitude: 250 + ((n * 37) % 60),
    };
  });
}

/** Degrees to the metre or so. */
function toMetres(degrees: number): number {
  return Math.round(degrees * 1e5) / 1e5;
}

export const KM_A_DEGREE = 111.2;
