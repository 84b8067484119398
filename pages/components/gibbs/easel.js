// @ts-nocheck: the old name of scripts that are in shared/ now; gone once nobody imports it
import { DrawingPad } from "../shared/drawing_pad.js";

export class Easel extends DrawingPad {
  read(text, bytes) {
    return this.decode(text, bytes);
  }

  write(bytes, bits) {
    return this.encode(bytes, bits);
  }

  get holding() {
    return this.hasMask;
  }
}
