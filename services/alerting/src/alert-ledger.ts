import {
  type AlertChange,
  type DeviceWatches,
  type Episode,
  isSameEpisode,
  type RuleChange,
} from '@veilleur/rules';
import type { AlertWrite, HeldAlert, NewAlertStep } from '@veilleur/store';

interface Entry {
  /** Null: not written yet. */
  id: number | null;
  readonly rule: string;
  episode: Episode;
  steps: NewAlertStep[];
  isWithdrawn: boolean;
  isDirty: boolean;
}

/**
 * Which alert of the database each episode of a device is: what the engine tells of episodes becomes what is
 * to be written.
 */
export class AlertLedger {
  readonly #deviceId: number;
  readonly #subject: string;
  #entries: Entry[];

  /** @param held Whose episodes are the very ones that the watches were given. */
  constructor(deviceId: number, subject: string, held: readonly HeldAlert[]) {
    this.#deviceId = deviceId;
    this.#subject = subject;
    this.#entries = held.map(({ id, rule, episode }) => ({
      id,
      rule,
      episode,
      steps: [],
      isWithdrawn: false,
      isDirty: false,
    }));
  }

  /** Takes what an evaluation changed, and looks whether episodes that it told nothing of grew worse. */
  take(changes: readonly RuleChange[], watches: DeviceWatches): void {
    for (const [rule, of] of Map.groupBy(changes, (one) => one.rule.name)) {
      this.#takeOf(
        rule,
        of.map(({ change }) => change),
      );
    }
    if (this.#entries.length > 0) this.#follow(watches);
  }

  /** What is to be written; it is taken to be written when this returns. */
  writes(): { readonly writes: readonly AlertWrite[]; readonly written: (ids: readonly number[]) => void } {
    const dirty = this.#entries.filter(({ isDirty }) => isDirty);
    const writes = dirty.map(({ id, rule, episode, isWithdrawn, steps }) => ({
      id,
      rule,
      subject: this.#subject,
      deviceId: this.#deviceId,
      episode,
      isWithdrawn,
      steps,
    }));
    for (const entry of dirty) {
      entry.isDirty = false;
      entry.steps = [];
    }
    this.#entries = this.#entries.filter(({ isWithdrawn }) => !isWithdrawn);
    const written = (ids: readonly number[]) => {
      for (const [i, entry] of dirty.entries()) entry.id = ids[i] ?? null;
    };
    return { writes, written };
  }

  #takeOf(rule: string, changes: readonly AlertChange[]): void {
    const before = new Map(
      this.#entries.filter((entry) => entry.rule === rule).map((entry) => [entry.episode, entry]),
    );
    const raised = new Map<number, Entry>();
    for (const change of changes) {
      if (change.kind === 'raised') {
        const entry: Entry = {
          id: null,
          rule,
          episode: change.episode,
          steps: [stepOf(change)],
          isWithdrawn: false,
          isDirty: true,
        };
        raised.set(change.episode.openedAt, entry);
        this.#entries.push(entry);
        continue;
      }
      const entry = before.get(change.before) ?? raised.get(change.before.openedAt);
      if (entry === undefined) throw new Error(`${rule}: an episode of ${change.at} has no alert`);
      entry.isDirty = true;
      entry.steps.push(stepOf(change));
      if (change.kind === 'withdrawn') entry.isWithdrawn = true;
      else entry.episode = change.episode;
    }
    // What came and went before anybody could see it is not written.
    this.#entries = this.#entries.filter(({ id, isWithdrawn }) => id !== null || !isWithdrawn);
  }

  /** An evaluation makes episodes anew: each entry is given the one that the watch now has. */
  #follow({ watches }: DeviceWatches): void {
    const now = new Map<string, Map<number, Episode>>();
    for (const { compiled, episodes } of watches) {
      now.set(compiled.rule.name, new Map(episodes.map((episode) => [episode.openedAt, episode])));
    }
    const forgotten = new Set<Entry>();
    for (const entry of this.#entries) {
      if (entry.isWithdrawn) continue;
      const episode = now.get(entry.rule)?.get(entry.episode.openedAt);
      if (episode === undefined) {
        if (!entry.isDirty) forgotten.add(entry);
      } else if (episode !== entry.episode) {
        if (!isSameEpisode(episode, entry.episode)) entry.isDirty = true;
        entry.episode = episode;
      }
    }
    if (forgotten.size > 0) this.#entries = this.#entries.filter((entry) => !forgotten.has(entry));
  }
}

function stepOf(change: AlertChange): NewAlertStep {
  const { kind, at } = change;
  if (kind === 'withdrawn') return { kind, at, detail: {} };
  const { severity, worst } = change.episode;
  const found = { severity, ...(worst === null ? {} : { worst: worst.value }) };
  if (kind !== 'corrected') return { kind, at, detail: found };
  return { kind, at, detail: { ...found, before: spanOf(change.before), now: spanOf(change.episode) } };
}

const spanOf = ({ openedAt, clearedAt }: Episode) => ({
  openedAt: new Date(openedAt).toISOString(),
  clearedAt: clearedAt === null ? null : new Date(clearedAt).toISOString(),
});
