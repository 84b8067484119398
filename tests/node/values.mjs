// What Python wrote for these tests (tests/test_node.py): messages in base64, numbers as they are.

import fs from "node:fs";

export const values = JSON.parse(fs.readFileSync(process.env.VALUES, "utf8"));

export const buffer = base64 => {
  const bytes = Buffer.from(base64, "base64");
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
};

export const gap = (a, b) => Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i])));
