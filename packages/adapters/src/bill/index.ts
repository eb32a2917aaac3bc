export { fetchBill, type BillClient, type FetchedReport } from "./fetch-bill.ts";
export { importBill, readBill, type BillFile, type BillImportReport, type ReadBill } from "./import.ts";
export type { BillProblem, BillSideName } from "./page.ts";
