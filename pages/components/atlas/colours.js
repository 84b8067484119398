// @ts-nocheck: the old name of scripts that are in shared/ now; gone once nobody imports it
export * from "../shared/colours.js";
