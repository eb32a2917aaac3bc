/** The version of every JSON document's shape. Keys may be added within a version; readers ignore unknown ones. */
export const SCHEMA_VERSION = 1;
