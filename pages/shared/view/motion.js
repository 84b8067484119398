// Motion that nobody asked for.

/** Whether the visitor's system asks for less motion: then nothing begins to move by itself. */
export const reducedMotion = () => globalThis.matchMedia?.("(prefers-reduced-motion: reduce)").matches ?? false;
