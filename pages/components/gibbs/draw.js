// @ts-nocheck: the old name of scripts that are in shared/ now; gone once nobody imports it
export * from "../shared/canvas.js";
export { download as save } from "../shared/download.js";
