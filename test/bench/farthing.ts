import { fileURLToPath } from "node:url";
import { BENCH_FOLDER } from "./rivals.ts";

/** The compiled command line of this repository. */
export const FARTHING: string = fileURLToPath(new URL(`file://${BENCH_FOLDER}../../packages/advisor/bin/farthing.js`));
