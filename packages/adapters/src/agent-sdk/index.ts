export { importAgentSdk, type AgentSdkReport, type ImportAgentSdkOptions } from "./import.ts";
export { recordAgentSdk, type RecordAgentOptions } from "./record.ts";
export { AGENT_SDK_SOURCE } from "./response-events.ts";
export type { ReportedDifference } from "../import/reported-difference.ts";
