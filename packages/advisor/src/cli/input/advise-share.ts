import { askView, listPriceBook, withPriceSets, type Instant, type LedgerView, type Position } from "@farthing/ledger";
import { divideAdvice, type AdviceParts, type PartialAdvice } from "../../portfolio/partial-advice.ts";
import type { Share } from "../../portfolio/share-groups.ts";
import { adviceQuestion, type AdviceQuestion, type AnalysisSubject } from "../../report/analysis.ts";
import type { PlanLimits } from "../../strategies/strategy.ts";
import type { FilterFlags } from "../flags/selection.ts";
import { FARTHING_VERSION } from "../version.ts";
import { stateOf, subjectOfView, type ViewQuestion } from "./view-subject.ts";

/** A share of the advice on something, as plain data: who is given it reads the requests itself. */
export interface AdviceTask {
  readonly about: LedgersAsked | ExampleAsked;
  readonly share: Share;
}

interface LedgersAsked {
  readonly kind: "ledgers";
  readonly paths: readonly string[];
  readonly asOf: Position | Instant | null;
  /** Of the view that is asked, see `stateOf`, and where it ends. */
  readonly state: string;
  readonly position: Position;
  readonly pricesKnownAt: Instant | null;
  readonly question: ViewQuestion;
}

interface ExampleAsked {
  readonly kind: "example";
  readonly flags: FilterFlags;
  readonly only: readonly string[] | null;
  readonly limits: PlanLimits | null;
}

/** Finds a share of the advice, from a view that it opens itself. Writes nothing. */
export async function adviseShare({ about, share }: AdviceTask): Promise<PartialAdvice> {
  if (about.kind === "example") {
    const subject = await subjectOfExample(about);
    return divideAnalysis(subject, adviceQuestion(subject), about).advise(share);
  }
  const { paths, asOf, state, position, pricesKnownAt, question } = about;
  const ask = async (view: LedgerView): Promise<PartialAdvice> => {
    const { book } = withPriceSets(listPriceBook(), view.priceSets);
    const known = pricesKnownAt === null ? book : book.knownAt(pricesKnownAt);
    const subject = await subjectOfView(view, question, known);
    return divideAnalysis(subject, adviceQuestion(subject), { ...about, state: stateOf(view) }).advise(share);
  };
  const columns = "use" as const;
  // More may have been recorded since; what it was then is found at its position, which takes longer to open.
  const part = await askView(paths, { asOf, columns }, async (view) => (stateOf(view) === state ? ask(view) : null));
  return part ?? askView(paths, { asOf: position, columns }, ask);
}

/** The parts of the advice on requests that were read as a task says. */
export function divideAnalysis(
  { trace }: AnalysisSubject,
  { context }: AdviceQuestion,
  about: AdviceTask["about"],
): AdviceParts {
  const readFrom = about.kind === "example" ? about.kind : about.state;
  return divideAdvice(trace, context, `${FARTHING_VERSION} ${readFrom}`);
}

async function subjectOfExample({ flags, only, limits }: ExampleAsked): Promise<AnalysisSubject> {
  const { exampleReportInput } = await import("./example-report-input.ts");
  const { readAccount } = await import("../../report/build-report.ts");
  return readAccount({ ...exampleReportInput(flags), only, limits }).subject;
}
