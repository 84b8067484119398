// @ts-nocheck: no types yet
// Pictures of points, small: tinted once into slots of a few larger canvases, the longest unused ones given up.

const SIDE = 32; // slots each way on a canvas
const SHEETS = 3;

export class Thumbs {
  constructor(store) {
    this.store = store;
    this.sheets = [];
    this.slots = new Map(); // point -> slot
    this.owners = new Int32Array(SIDE * SIDE * SHEETS).fill(-1);
    this.next = 0;
  }

  clear() {
    this.slots.clear();
    this.owners.fill(-1);
    this.next = 0;
  }

  // false where its picture has not come yet
  draw(context, i, x, y, w, h, colour) {
    const { width, height } = this.store;
    let slot = this.slots.get(i);
    if (slot === undefined) {
      const grey = this.store.image(i);
      if (!grey) return false;
      slot = this.next;
      this.next = (this.next + 1) % this.owners.length;
      if (this.owners[slot] >= 0) this.slots.delete(this.owners[slot]);
      this.owners[slot] = i;
      this.slots.set(i, slot);
      this.fill(slot, grey, colour);
    }
    const sheet = this.sheets[Math.floor(slot / (SIDE * SIDE))];
    const place = slot % (SIDE * SIDE);
    context.drawImage(
      sheet.canvas,
      (place % SIDE) * width,
      Math.floor(place / SIDE) * height,
      width,
      height,
      x,
      y,
      w,
      h,
    );
    return true;
  }

  fill(slot, grey, [r, g, b]) {
    const { width, height, glyphs } = this.store;
    const number = Math.floor(slot / (SIDE * SIDE)),
      place = slot % (SIDE * SIDE);
    if (!this.sheets[number]) {
      const canvas = document.createElement("canvas");
      canvas.width = SIDE * width;
      canvas.height = SIDE * height;
      this.sheets[number] = canvas.getContext("2d");
    }
    const image = new ImageData(width, height),
      { data } = image;
    for (let p = 0, at = 0; p < width * height; p++, at += 4) {
      const v = grey[p];
      if (glyphs) (data[at] = r), (data[at + 1] = g), (data[at + 2] = b), (data[at + 3] = v);
      else (data[at] = data[at + 1] = data[at + 2] = v), (data[at + 3] = 255);
    }
    this.sheets[number].putImageData(image, (place % SIDE) * width, Math.floor(place / SIDE) * height);
  }
}
