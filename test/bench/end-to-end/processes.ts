import { readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;
const MOST_LOOKS = 100;

/** User and system time of a process, those of ended children included. */
export function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (
    (Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND
  );
}

/** Of a process and all that it started. */
export function cpuSecondsOfTree(pid: number): number {
  const ofTree = (one: number): number =>
    childrenOf(one).reduce((sum, child) => sum + ofTree(child), cpuSecondsOf(one));
  return whileNoneEnds(() => ofTree(pid));
}

export function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

export function residentMB(pid: number): number {
  return Math.round((memoryPagesOf(pid, 1) * PAGE_BYTES) / 1e6);
}

/** Of a process and all that it started; what they share is counted once. */
export function residentMBOfTree(pid: number): number {
  const own = (one: number): number =>
    childrenOf(one).reduce(
      (sum, child) => sum + own(child),
      Math.max(0, memoryPagesOf(one, 1) - memoryPagesOf(one, 2)),
    );
  return whileNoneEnds(() => Math.round(((own(pid) + sharedPagesOf(pid)) * PAGE_BYTES) / 1e6));
}

/** A server's workers come and go: one that ends during a look is its parent's from then on, so look again. */
function whileNoneEnds<Figure>(look: () => Figure): Figure {
  for (let attempt = 1; ; attempt++) {
    try {
      return look();
    } catch (thrown) {
      if (attempt === MOST_LOOKS) throw thrown;
    }
  }
}

function sharedPagesOf(pid: number): number {
  return childrenOf(pid).reduce((most, child) => Math.max(most, sharedPagesOf(child)), memoryPagesOf(pid, 2));
}

/** Field 1: resident, 2: of that shared. */
function memoryPagesOf(pid: number, field: 1 | 2): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[field]);
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((child) => child.trim() !== '')
    .map(Number);
}
