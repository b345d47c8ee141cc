import type { Difference } from '../check.ts';
import { codecOf, type SandboxCall, type SandboxResult } from '../sandbox/call.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type {
  CatalogueCodec,
  CatalogueEntry,
  CatalogueExample,
  CatalogueProblem,
} from './catalogue-codec.ts';
import { compareNormalized, compareOutput } from './compare-output.ts';

export interface ExampleDifference extends Difference {
  /** The example's description. */
  readonly example: string;
  readonly function: CatalogueExample['kind'];
}

/** An example that gave no output to compare. */
export interface ExampleRefusal {
  readonly example: string;
  readonly function: CatalogueExample['kind'];
  /** The sandbox's code, or `decoder_threw` where the codec threw. */
  readonly code: string;
  readonly reason: string;
}

/** Each example is right, wrong or refused: the three add up to the examples. */
export interface CodecVerdict {
  readonly id: string;
  readonly right: number;
  readonly wrong: number;
  readonly refused: number;
  readonly differences: readonly ExampleDifference[];
  readonly refusals: readonly ExampleRefusal[];
}

/** What `veilleur catalogue check --json` prints. */
export interface CatalogueReport {
  readonly right: number;
  readonly wrong: number;
  readonly refused: number;
  readonly codecs: readonly CodecVerdict[];
  readonly problems: readonly CatalogueProblem[];
}

export interface CatalogueProgress {
  readonly codecs: number;
  readonly examples: number;
}

/** Enough to keep every worker of a sandbox busy; a worker does some 9,000 calls/s in such batches. */
const BATCH_EXAMPLES = 200;

/** A broken codec can be wrong in every field of every example: the first ones show how. */
const MAX_DIFFERENCES_AN_EXAMPLE = 20;

/** Runs every example of a catalogue in the sandbox and compares. Codecs stand in the order they came in. */
export async function checkCatalogue(
  entries: AsyncIterable<CatalogueEntry> | Iterable<CatalogueEntry>,
  sandbox: Pick<Sandbox, 'run'>,
  onProgress: (progress: CatalogueProgress) => void = () => {},
): Promise<CatalogueReport> {
  const codecs: CodecVerdict[] = [];
  const problems: CatalogueProblem[] = [];
  let examples = 0;
  let batch: CatalogueCodec[] = [];
  const flush = async () => {
    const verdicts = await checkCodecs(batch, sandbox);
    codecs.push(...verdicts);
    examples += batch.reduce((sum, codec) => sum + codec.examples.length, 0);
    batch = [];
    onProgress({ codecs: codecs.length, examples });
  };
  for await (const entry of entries) {
    if (entry.kind === 'problem') {
      problems.push(entry);
      continue;
    }
    batch.push(entry);
    if (batch.reduce((sum, codec) => sum + codec.examples.length, 0) >= BATCH_EXAMPLES) await flush();
  }
  if (batch.length > 0) await flush();
  const sum = (part: 'right' | 'wrong' | 'refused') =>
    codecs.reduce((total, codec) => total + codec[part], 0);
  return { right: sum('right'), wrong: sum('wrong'), refused: sum('refused'), codecs, problems };
}

async function checkCodecs(
  codecs: readonly CatalogueCodec[],
  sandbox: Pick<Sandbox, 'run'>,
): Promise<CodecVerdict[]> {
  const calls = codecs.flatMap((codec) => codec.examples.map((example) => callOf(codec, example)));
  const results = await sandbox.run(calls);
  let at = 0;
  return codecs.map((codec) => {
    const own = results.slice(at, at + codec.examples.length);
    at += codec.examples.length;
    return verdictOf(codec, own);
  });
}

function callOf(codec: CatalogueCodec, example: CatalogueExample): SandboxCall {
  const script = codecOf(example.script?.source ?? codec.source);
  switch (example.kind) {
    case 'decodeUplink':
    case 'decodeDownlink': {
      const { bytes, fPort, recvTime, variables } = example.input;
      const input = {
        bytes: [...bytes],
        // Only examples of codecs that never look at it leave it out.
        fPort: fPort ?? 1,
        // The sandbox knows an invalid date as "no time of reception".
        recvTime: recvTime ?? new Date(Number.NaN),
        variables: variables ?? {},
      };
      return { codec: script, kind: example.kind, input };
    }
    case 'encodeDownlink':
      return { codec: script, kind: example.kind, input: example.input };
    case 'normalizeUplink':
      return { codec: script, kind: example.kind, input: example.input };
  }
}

function verdictOf(codec: CatalogueCodec, results: readonly SandboxResult[]): CodecVerdict {
  const differences: ExampleDifference[] = [];
  const refusals: ExampleRefusal[] = [];
  let wrong = 0;
  for (const [at, example] of codec.examples.entries()) {
    const named = { example: example.description, function: example.kind };
    const result = results[at];
    if (result?.outcome === 'returned') {
      const found = differencesOf(example, result.output);
      if (found.length > 0) wrong += 1;
      for (const one of found.slice(0, MAX_DIFFERENCES_AN_EXAMPLE)) differences.push({ ...named, ...one });
    } else {
      refusals.push({ ...named, ...refusalOf(result) });
    }
  }
  const refused = refusals.length;
  const right = codec.examples.length - wrong - refused;
  return { id: codec.id, right, wrong, refused, differences, refusals };
}

function differencesOf(example: CatalogueExample, output: unknown): Difference[] {
  if (example.kind === 'normalizeUplink') return compareNormalized(example.expected, output);
  return compareOutput(example.expected, output);
}

function refusalOf(
  result: Exclude<SandboxResult, { outcome: 'returned' }> | undefined,
): Pick<ExampleRefusal, 'code' | 'reason'> {
  if (result === undefined) throw new RangeError('the sandbox answers every call');
  if (result.outcome === 'threw') return { code: 'decoder_threw', reason: result.message };
  return { code: result.code, reason: result.reason };
}
