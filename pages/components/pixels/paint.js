// Painting: films of images, played, rewritten, branched.

export class Paint {
  constructor(host, root) {
    Object.assign(this, { host, root });
    root.innerHTML = `<p class="note">…</p>`;
    host.shown();
  }
}

Object.assign(Paint, { title: "Paint", hint: "Watch images being painted, rewrite their past, have halves completed" });
Object.defineProperty(Paint, "name", { value: "paint" });
