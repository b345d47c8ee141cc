/** Parts that stand behind a real broker. */
const OF_MOSQUITTO = ['acknowledge', 'delivery'];

/** What was asked for and can not be measured on this machine: a goal that nobody looked at is not met. */
export function unmeasured(parts: readonly string[], hasMosquitto: boolean): string[] {
  if (hasMosquitto) return [];
  return OF_MOSQUITTO.filter((part) => parts.includes(part)).map(
    (part) => `${part}: not measured without Mosquitto (apt-get install mosquitto)`,
  );
}
