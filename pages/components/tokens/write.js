// A text written token by token.

export class Write {
  constructor(host, root) {
    root.textContent = host.prompt;
    host.shown();
  }
}

Object.assign(Write, { title: "Write", hint: "A text is written token by token; force one, rewind, branch" });
Object.defineProperty(Write, "name", { value: "write" });
