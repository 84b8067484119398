// The old name of shared/colours.js.
export * from "../../shared/view/colours.js";
