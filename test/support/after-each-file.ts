import { afterAll } from "vitest";
import { removeEmptyFolders } from "./empty-folder.ts";

// Runs before each test file, unlike the modules that files share.
afterAll(removeEmptyFolders);
