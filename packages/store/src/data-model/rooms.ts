/** Tables that belong together, in the order in which a reader meets them, each with what one row of it is. */
export interface Room {
  readonly title: string;
  readonly about: string;
  readonly tables: Readonly<Record<string, string>>;
}

export const ROOMS: readonly Room[] = [
  {
    title: 'Ledger: what arrived',
    about:
      'Frames first: an uplink is stored once and for good, whatever becomes of its decoding; measurements are what profiles read in it.',
    tables: {
      device: 'A LoRaWAN end device, with what the network server and an operator say of it.',
      profile_version:
        'A version of a device profile, as a bridge decoded with it; a changed file is a new row.',
      frame: "An uplink, once: its counter, bytes, receptions, and the decoder's verdict.",
      device_event: 'What else a network server tells of a device: join, acknowledgement, status, location.',
      quantity: 'What a number means, with its one unit; a copy of packages/domain for SQL written by hand.',
      measurement: 'One value of one quantity and channel of one device at one moment.',
      restatement: 'A span of a device whose measurements were made anew by a re-decode.',
      quarantine: 'A message that could not be read, with its bytes and the reason.',
    },
  },
  {
    title: 'Tail: what was committed',
    about: 'How consumption and alerting follow what is stored, each change exactly once in effect.',
    tables: {
      change: 'What one transaction stored: the devices, and the span of measurements of each.',
      tail_checkpoint: 'How far a partition of a consumer has come; it moves with the effects.',
      tail_dead_letter: 'A change that a consumer threw on again and again; it waits for a person.',
    },
  },
  {
    title: 'Consumption: what ran through',
    about:
      'Amounts are whole millionths of the quantity’s unit. What is known now stands in hours, days and months; what was known before, in revisions.',
    tables: {
      operator: 'Who runs a grid, or supplies.',
      site: 'A household, building, street, district or city; each may lie in another.',
      metering_point: 'Where consumption is metered, whatever meter is there today.',
      installation:
        'A device at a metering point for a span of time; corrected by another row, never changed.',
      import_run: 'One run of an import or a pull, with how far it came.',
      operator_reading: 'An index or an amount that an operator exported; a revision supersedes it.',
      operator_fact: 'What an operator says of a contract or a day: subscribed power, coefficient ...',
      consumption_register: 'How far a register of a point is settled, and what its first weeks taught.',
      consumption_dirty: 'A point that is to be settled anew, over which span.',
      consumption_hour: 'A local hour of a register: amount, quality, how it was found.',
      consumption_day: 'A local day, with by how much the amount may be wrong.',
      consumption_month: 'A local month, with by how much the amount may be wrong.',
      consumption_revision: 'What was known of an hour, day or month before, and from when until when.',
      consumption_finding: 'What readings contradict, for a person to look at.',
      job_run:
        'A run of scheduled work; `forget:measurements` says up to where retention took readings away.',
    },
  },
  {
    title: 'Reference: what consumption is valued by',
    about: 'Dated, and the city’s own to edit (`veilleur reference load`).',
    tables: {
      tariff: 'Prices from a day on.',
      contract: 'Which tariff a point pays, and when its off-peak hours are.',
      emission_factor: 'CO2 equivalent of one unit of a quantity.',
      gas_coefficient: 'What a cubic metre of gas holds, of a point, a site, or everywhere.',
      tempo_day: 'The colour of a day of the Tempo tariff.',
      outdoor_temperature: 'The lowest and highest temperature of a day at a station.',
      site_reference: 'Whose weather a site has, what heats it, and its reference year.',
    },
  },
  {
    title: 'Alerts: who is needed where',
    about: 'An alert is an episode of a rule on a subject; its times are those of the measurements.',
    tables: {
      rule: 'A revision of a rule; the one in force is the one that nothing superseded.',
      alert: 'An episode on record: when the condition began, opened, ended, and what people did about it.',
      alert_step: 'What happened to an alert, by the engine or a person; never changed.',
      silence: 'Nobody is told of what matches, from then until then.',
      notification: 'The outbox: what is to be sent to a channel, and what became of it.',
      gateway_heard: 'When each gateway last heard a device.',
      alert_partition: 'Up to where time has passed for the devices of a partition.',
      site_watch: 'Since when a site has news that its rules have not seen.',
    },
  },
  {
    title: 'Keys: who may ask',
    about: 'A key is kept as its SHA-256; every write that was asked for has a row.',
    tables: {
      api_key: 'A key of the API: its scope, when it ends, whether it was revoked.',
      audit: 'A write that was asked for: by whom, from where, what, and how it was answered.',
    },
  },
  {
    title: 'House: the schema itself',
    about: 'What migrations know of themselves.',
    tables: {
      schema_migration: 'A migration that was applied, with the digest of its text.',
      database_edition: 'Which of the three databases this is: plain, or which edition of TimescaleDB.',
    },
  },
];

/** For people and dashboards: names instead of ids. */
export const VIEWS: Readonly<Record<string, string>> = {
  named_measurement: 'Measurements with DevEUI, quantity and unit.',
  named_consumption: 'Hours, days and months by the code of the point, in the unit of the quantity.',
  named_alert: 'Alerts with their device and their state.',
};
