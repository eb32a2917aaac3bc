import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** The middle of some measurements; of an even number, the lower one of the two. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}

/**
 * Measures variants in turn, round after round, so that whatever else the machine does meets all of them alike.
 *
 * @returns The median of each variant.
 */
export async function inTurns<Name extends string>(
  rounds: number,
  variants: Readonly<Record<Name, () => number | Promise<number>>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(variants) as Name[];
  const measured = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) measured.get(name)?.push(await variants[name]());
  }
  return Object.fromEntries(names.map((name) => [name, median(measured.get(name) ?? [])])) as Record<Name, number>;
}

/** Seconds that something takes. */
export async function seconds(work: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

/** A program that has run to its end. */
export interface ProcessRun {
  /** From start to exit. */
  readonly seconds: number;
  /** The largest part of memory it held; null where the system does not tell. */
  readonly peakMB: number | null;
  /** Of all processors together, to a hundredth; null as above. */
  readonly cpuSeconds: number | null;
  readonly stdout: string;
}

/**
 * Runs a program and measures it from outside.
 *
 * @throws Error when it does not end with one of the codes given, with what it wrote to stderr.
 */
export async function runProcess(
  command: string,
  args: readonly string[],
  { env = process.env, cwd = process.cwd(), codes = [0] }: ProcessOptions = {},
): Promise<ProcessRun> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const child = spawn(command, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (piece: Buffer) => out.push(piece));
    child.stderr.on("data", (piece: Buffer) => err.push(piece));
    let endedAt = NaN;
    let peakMB: number | null = null;
    let cpuSeconds: number | null = null;
    const watch = setInterval(() => {
      peakMB = peakOf(child.pid) ?? peakMB;
      cpuSeconds = cpuOf(child.pid) ?? cpuSeconds;
    }, 5);
    child.once("exit", () => {
      endedAt = performance.now();
      clearInterval(watch);
    });
    child.once("error", reject);
    child.once("close", (code) => {
      clearInterval(watch);
      if (code === null || !codes.includes(code)) {
        const said = Buffer.concat(err).toString("utf8").slice(-2_000);
        reject(new Error(`${command} ${args.join(" ")} ended with ${String(code)}: ${said}`));
        return;
      }
      const stdout = Buffer.concat(out).toString("utf8");
      resolve({ seconds: (endedAt - startedAt) / 1000, peakMB, cpuSeconds, stdout });
    });
  });
}

interface ProcessOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly codes?: readonly number[];
}

/** The high-water mark of a running process, from the files by which Linux tells of it. */
function peakOf(pid: number | undefined): number | null {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, "latin1");
    const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) / 1024;
  } catch {
    return null;
  }
}

/** Time spent in a running process and, for it, in the system; Linux counts it in hundredths of a second. */
function cpuOf(pid: number | undefined): number | null {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return null;
  }
}
