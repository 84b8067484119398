// @ts-nocheck: the old name of scripts that are in shared/ now; gone once nobody imports it
export { decode as read, encode } from "../shared/codec.js";
export * from "../shared/api.js";
