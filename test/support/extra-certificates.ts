/** Where the certificates are kept that Node would read. */
const KEPT = "CERTIFICATES_OF_DOWNLOADS";

/**
 * Takes `NODE_EXTRA_CA_CERTS` from the processes that tests start: Node reads those certificates at every start, which takes as
 * long as the rest of it, and only downloads need them.
 */
export function keepCertificates(): void {
  const { NODE_EXTRA_CA_CERTS: certificates } = process.env;
  if (certificates === undefined) return;
  process.env[KEPT] = certificates;
  delete process.env["NODE_EXTRA_CA_CERTS"];
}

/** The environment of a command that downloads. */
export function downloadEnvironment(): NodeJS.ProcessEnv {
  const certificates = process.env[KEPT];
  return certificates === undefined ? process.env : { ...process.env, NODE_EXTRA_CA_CERTS: certificates };
}
