export { outcome, type OutcomeOptions } from "./outcome.ts";
