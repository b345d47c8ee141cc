import type { Expectation } from './judge-alerts.ts';

const ANY_LEAK = {
  leak_drip: 'a small leak runs without a pause too',
  leak_valve: 'a leak',
  leak_toilet: 'a leak',
  leak_burst: 'a burst runs without a pause while it lasts',
};

/** Which rules of infra/rules/city.yaml find which fault, by the names of the truth file. */
export const ALERT_EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  leak_drip: { rules: ['water-leak'], alsoExplainedBy: ANY_LEAK },
  leak_valve: { rules: ['water-leak'], alsoExplainedBy: ANY_LEAK },
  leak_toilet: { rules: ['water-leak'], alsoExplainedBy: ANY_LEAK },
  leak_burst: { rules: ['water-burst', 'water-burst-flag'] },
  backflow: { rules: ['water-backflow'] },
  stuck: {
    rules: ['water-meter-stuck', 'pulses-stuck'],
    alsoExplainedBy: { backflow: 'the register stands still' },
  },
  tamper: { rules: ['pulses-tamper'] },
  swapped: {
    rules: [
      'pulses-backwards',
      'electricity-backwards',
      'electricity-off-peak-backwards',
      'electricity-peak-backwards',
    ],
  },
  lamp_failure: {
    rules: ['lamp-dark', 'lamp-failure-flag'],
    alsoExplainedBy: { cycling: 'dark half of the time', without_supply: 'its cabinet is out' },
  },
  day_burner: { rules: ['day-burner'] },
  cycling: { rules: ['lamp-cycling'] },
  dimming_ignored: {
    rules: ['dimming-not-followed', 'dimming-failure-flag'],
    alsoExplainedBy: { day_burner: 'it burns with all its light day and night' },
  },
  cabinet_outage: { rules: ['cabinet-outage'] },
  silent: {
    rules: ['meter-silent', 'lamp-silent'],
    alsoExplainedBy: {
      without_supply: 'its cabinet is out',
      battery_decay: 'in the end the battery is empty',
    },
  },
  battery_decay: { rules: ['low-battery', 'low-battery-level'] },
};

/** Faults that no rule is held to, each for its reason. */
export const FAULTS_NOT_JUDGED: Readonly<Record<string, string>> = {
  leak_network: 'the balance of a district tells it, not a meter alone',
  pulse_weight: 'a wrong weight is a wrong installation: no measurement contradicts it',
  rollover: 'consumption follows it: it is no fault',
  codec_version: 'a frame that cannot be decoded is in the ledger',
  clock_drift: 'the decoder sets the time right or refuses it',
  gateway_outage: 'the gateway watch of the alerting service tells it',
  battery_death: 'the device is silent',
};
