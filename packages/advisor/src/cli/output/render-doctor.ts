import { printable, wrap } from "../../report/text-layout.ts";
import type { CheckResult } from "./checks.ts";
import { displayQuantity } from "./format-values.ts";

export interface DoctorLayout {
  readonly columns: number;
  readonly bold: (text: string) => string;
}

const MARKS: Readonly<Record<CheckResult["status"], string>> = { ok: "ok", attention: "!!", note: "--" };
const NAME_COLUMNS = 15;
const MARGIN = " ".repeat(4 + NAME_COLUMNS);

/** The checks for people: what needs attention is marked, and says what to do next. */
export function renderDoctor(path: string, checks: readonly CheckResult[], layout: DoctorLayout): string[] {
  const count = checks.filter(({ status }) => status === "attention").length;
  const verdict = count === 0 ? "ALL WELL" : `ATTENTION   ${displayQuantity(count, "thing")} to look at`;
  return [
    `farthing doctor   ${printable(path)}`,
    layout.bold(verdict),
    ...checks.flatMap((each) => lines(each, layout)),
  ];
}

function lines({ check, status, finding, next }: CheckResult, { columns }: DoctorLayout): string[] {
  const head = `${MARKS[status]}  ${check.padEnd(NAME_COLUMNS)}${printable(finding)}`;
  return [
    ...wrap(head, columns, MARGIN),
    ...(next === null ? [] : wrap(`${MARGIN}-> ${next}`, columns, `${MARGIN}   `)),
  ];
}
