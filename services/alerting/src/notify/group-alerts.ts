import {
  type AlertChange,
  type Episode,
  evaluateGroup,
  groupValue,
  isSameEpisode,
  isSelected,
  type MemberSpan,
  type RuleOf,
} from '@veilleur/rules';
import {
  type AlertWrite,
  type AttributesOfDevice,
  attributesOfDevices,
  type ClearReason,
  everyDevice,
  type GroupAlert,
  groupAlerts,
  type MemberAlert,
  memberAlerts,
  type NewAlertStep,
  writeAlerts,
} from '@veilleur/store';

type Client = Parameters<typeof memberAlerts>[0];

/** Later than this nothing of a group is found anew. */
const HORIZON_MS = 7 * 86_400_000;

export interface GroupsRound {
  readonly written: number;
  /** When time alone changes something. */
  readonly dueAt: number;
}

/** Evaluates the rules of the kind `many` over the alerts of their members, and writes what came of it. */
export async function evaluateGroups(
  client: Client,
  rules: readonly RuleOf<'many'>[],
  now: Date,
): Promise<GroupsRound> {
  if (rules.length === 0) return { written: 0, dueAt: Number.POSITIVE_INFINITY };
  const recorded = await groupAlerts(
    client,
    rules.map(({ name }) => name),
    new Date(now.getTime() - HORIZON_MS),
  );
  const since = new Date(sinceOf(recorded, now.getTime() - HORIZON_MS));
  const members = await memberAlerts(client, [...new Set(rules.flatMap(({ of }) => of))], since);
  if (members.length === 0 && recorded.length === 0) return { written: 0, dueAt: Number.POSITIVE_INFINITY };
  // Shares need the devices that are well, too.
  const ids = rules.some(({ share }) => share > 0)
    ? await everyDevice(client)
    : [...new Set(members.map(({ deviceId }) => deviceId))];
  const devices = new Map((await attributesOfDevices(client, ids, now)).map((one) => [one.id, one]));
  const writes: AlertWrite[] = [];
  let dueAt = Number.POSITIVE_INFINITY;
  let all: readonly AttributesOfDevice[] | undefined;
  const hasDevices = async (rule: RuleOf<'many'>, subject: string) => {
    all ??= await attributesOfDevices(client, await everyDevice(client), now);
    return all.some((device) => subjectOf(rule, device) === subject);
  };
  for (const rule of rules) {
    for (const [subject, group] of groupsOf(rule, members, recorded, devices)) {
      if (group.members.length === 0 && !(await hasDevices(rule, subject))) {
        // Its devices are of other groups now: that says nothing of what was.
        writes.push(...group.held.flatMap((alert) => gone(alert, now)));
        continue;
      }
      const {
        changes,
        episodes,
        dueAt: due,
      } = evaluateGroup(
        rule,
        { ...group, recorded: group.held.map(({ episode }) => episode) },
        since.getTime(),
        now.getTime(),
      );
      dueAt = Math.min(dueAt, due);
      writes.push(...writesOf(rule.name, subject, group.held, changes, episodes));
    }
  }
  await writeAlerts(client, writes, now);
  return { written: writes.length, dueAt };
}

/** How many members there were before the most of them no alert tells: it is counted from its beginning on. */
function sinceOf(recorded: readonly GroupAlert[], horizon: number): number {
  return recorded.reduce((since, { episode: { from, worst } }) => {
    const isWithin = from <= since && worst !== null && worst.at > since;
    return isWithin ? from - 1 : since;
  }, horizon);
}

const subjectOf = (rule: RuleOf<'many'>, device: AttributesOfDevice): string | null =>
  isSelected(rule.select, device) ? groupValue(rule.by, device) : null;

function gone({ id, rule, subject, episode }: GroupAlert, now: Date): AlertWrite[] {
  if (episode.clearedAt !== null) return [];
  const clearedAt = Math.max(now.getTime(), episode.openedAt);
  const reason: ClearReason = 'group_gone';
  return [
    {
      id,
      rule,
      subject,
      deviceId: null,
      episode: { ...episode, clearedAt },
      isWithdrawn: false,
      steps: [{ kind: 'cleared', at: clearedAt, detail: { reason } }],
    },
  ];
}

interface Group {
  readonly members: MemberSpan[];
  readonly held: GroupAlert[];
  size: number;
}

function groupsOf(
  rule: RuleOf<'many'>,
  members: readonly MemberAlert[],
  recorded: readonly GroupAlert[],
  devices: ReadonlyMap<number, AttributesOfDevice>,
): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  const groupOf = (subject: string) => {
    const group = groups.get(subject) ?? { members: [], held: [], size: 0 };
    groups.set(subject, group);
    return group;
  };
  const valueOfDevice = (device: AttributesOfDevice | undefined) =>
    device === undefined ? null : subjectOf(rule, device);
  for (const member of members) {
    const value = rule.of.includes(member.rule) ? valueOfDevice(devices.get(member.deviceId)) : null;
    if (value !== null) groupOf(value).members.push(...spansOf(member));
  }
  for (const one of recorded) if (one.rule === rule.name) groupOf(one.subject).held.push(one);
  for (const device of devices.values()) {
    const group = groups.get(valueOfDevice(device) ?? '');
    if (group !== undefined) group.size += 1;
  }
  return groups;
}

/** An alert that paused was not open in between. */
function spansOf({ episode: { from: beganAt, openedAt, clearedAt, pauses } }: MemberAlert): MemberSpan[] {
  const spans: MemberSpan[] = [];
  let from = { beganAt, openedAt };
  for (const pause of pauses) {
    spans.push({ ...from, clearedAt: pause.clearedAt });
    from = { beganAt: pause.reopenedAt, openedAt: pause.reopenedAt };
  }
  return [...spans, { ...from, clearedAt }];
}

/** What changes of episodes mean for the rows of their alerts. */
export function writesOf(
  rule: string,
  subject: string,
  held: readonly GroupAlert[],
  changes: readonly AlertChange[],
  episodes: readonly Episode[],
): AlertWrite[] {
  const writes = new Map<number, AlertWrite & { readonly steps: NewAlertStep[] }>();
  const write = (change: AlertChange, openedBefore: number) => {
    const known = held.find(({ episode }) => episode.openedAt === openedBefore);
    const before = writes.get(openedBefore);
    const episode = change.kind === 'withdrawn' ? change.before : change.episode;
    writes.set(openedBefore, {
      id: known?.id ?? null,
      rule,
      subject,
      deviceId: null,
      episode,
      isWithdrawn: change.kind === 'withdrawn',
      steps: [...(before?.steps ?? []), { kind: change.kind, at: change.at, detail: detailOf(episode) }],
    });
  };
  for (const change of changes)
    write(change, change.kind === 'raised' ? change.episode.openedAt : change.before.openedAt);
  // More members than before, or a pause of which late news tells, are no step of their own.
  for (const { id, episode: before } of held) {
    const now = episodes.find(({ openedAt }) => openedAt === before.openedAt);
    if (now === undefined || writes.has(before.openedAt) || isSameEpisode(now, before)) continue;
    writes.set(before.openedAt, {
      id,
      rule,
      subject,
      deviceId: null,
      episode: now,
      isWithdrawn: false,
      steps: [],
    });
  }
  return [...writes.values()];
}

const detailOf = ({ severity, worst }: Episode) => ({
  severity,
  ...(worst === null ? {} : { worst: worst.value }),
});
