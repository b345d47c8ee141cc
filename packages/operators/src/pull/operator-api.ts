import type { ImportOptions, OperatorItem } from '../import.ts';
import type { ByteStream } from '../source.ts';

/** How one kind of data of one operator is asked for. */
export interface OperatorApi {
  /** For messages and checkpoints: `enedis consumption_load_curve`. */
  readonly name: string;
  readonly token: {
    readonly url: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly scope?: string;
  };
  /** The operator's bounds. Days of one request; requests a second and an hour. */
  readonly limits: { readonly days: number; readonly perSecond: number; readonly perHour: number };
  readonly accept: string;
  /** The first request for the days `from` (inclusive) to `to` (exclusive) of a point. */
  url(pointId: string, from: Temporal.PlainDate, to: Temporal.PlainDate): string;
  /** Whether a refusal only says that there is nothing for these days. */
  nothingThere(status: number, body: string): boolean;
  /** A reader for the pages of one answer. */
  reader(now: Date): (page: ByteStream, options: ImportOptions) => AsyncIterable<OperatorItem>;
}

export interface Credentials {
  /** Such as `https://gw.ext.prod.api.enedis.fr`, without a slash at its end. */
  readonly baseUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}
