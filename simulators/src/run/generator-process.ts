import { messageOf, VeilleurError } from '@veilleur/domain';
import { Generation } from './generate.ts';
import type { FromGenerator, ToGenerator } from './generator-messages.ts';

const PROGRESS_EVERY_MS = 250;

let generation: Generation | undefined;
let isStopped = false;

const tell = (message: FromGenerator) => {
  if (process.connected) process.send?.(message);
};

process.on('message', (message: ToGenerator) => {
  switch (message.kind) {
    case 'run':
      void run(message.order);
      break;
    case 'stored':
      generation?.stored(message.count);
      break;
    case 'stop':
      isStopped = true;
      generation?.stop();
      break;
  }
});
// A terminal's Ctrl-C reaches the whole group: the parent says what is to be done about it.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(1));

async function run(order: Extract<ToGenerator, { kind: 'run' }>['order']): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const created = await Generation.create(order, (trouble) => tell({ kind: 'trouble', message: trouble }));
    generation = created;
    if (isStopped) created.stop();
    timer = setInterval(
      () => tell({ kind: 'progress', progress: created.progress(), probes: created.probes() }),
      PROGRESS_EVERY_MS,
    );
    tell({ kind: 'done', result: await created.run() });
  } catch (thrown) {
    const known = thrown instanceof VeilleurError ? thrown : undefined;
    tell({
      kind: 'failed',
      code: known?.code ?? 'generator_failed',
      message: known === undefined && thrown instanceof Error ? String(thrown.stack) : messageOf(thrown),
      remedy: known?.remedy,
    });
  } finally {
    clearInterval(timer);
  }
}
