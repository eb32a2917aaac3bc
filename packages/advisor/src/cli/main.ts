import { homedir } from "node:os";
import { EXIT } from "./exit-codes.ts";
import { interruptedWords } from "./interrupted-words.ts";
import { FARTHING_VERSION } from "./version.ts";

for (const stream of [process.stdout, process.stderr]) {
  // A reader that has seen enough, such as `head`, is no failure.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(EXIT.done);
  });
}

const argv = process.argv.slice(2);

process.on("SIGINT", () => {
  // A command that ends by itself when it is interrupted has said so; the second time it is not waited for.
  if (process.listenerCount("SIGINT") > 1) return;
  // The line of progress stays where it is.
  process.stderr.write(`${process.stderr.isTTY ? "\n" : ""}farthing: ${interruptedWords(argv)}\n`);
  process.exit(EXIT.interrupted);
});

const [first] = argv;
if (argv.length === 1 && (first === "--version" || first === "-V")) {
  // Asked by scripts before each use, so it loads nothing else.
  process.stdout.write(`${FARTHING_VERSION}\n`);
} else {
  const { run } = await import("./run.ts");
  process.exitCode = await run(argv, {
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    stdout: process.stdout,
    stderr: process.stderr,
    // Node makes the stream where it is first asked for.
    get stdin() {
      return process.stdin;
    },
    now: Date.now,
  });
}
