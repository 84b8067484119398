// What the journeys need inside the page: look through shadow roots, read canvases, listen to the frames' exchanges.

window.deep = (selector, root = document) => {
  const found = root.querySelector(selector);
  if (found) return found;
  for (const element of root.querySelectorAll("*"))
    if (element.shadowRoot) {
      const inner = window.deep(selector, element.shadowRoot);
      if (inner) return inner;
    }
  return null;
};

// all pixels of a canvas as one number; 0 for a blank one
window.digest = selector => {
  const canvas = window.deep(selector);
  if (!canvas || canvas.width < 2) return 0;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let hash = 2166136261,
    painted = 0;
  for (const word of new Uint32Array(data.buffer)) {
    hash = Math.imul(hash ^ word, 16777619);
    if (word) painted += 1;
  }
  return painted > 100 ? hash >>> 0 : 0;
};

window.frameNow = () => {
  const text = window.deep('[data-part="frame"]')?.textContent ?? "";
  return Number(text.replaceAll(",", "").match(/frame (\d+)/)?.[1] ?? -1);
};

const base64 = buffer => {
  let text = "";
  for (const byte of new Uint8Array(buffer)) text += String.fromCharCode(byte);
  return btoa(text);
};

// {sent, got} of every request for frames, in the order in which they were made; a debugger does not see blobs
window.exchanges = [];
const plainFetch = window.fetch;
window.fetch = async (url, options) => {
  if (!String(url).endsWith("/frames")) return plainFetch(url, options);
  const exchange = { sent: null, got: null };
  window.exchanges.push(exchange);
  options.body.arrayBuffer().then(buffer => (exchange.sent = base64(buffer)));
  const response = await plainFetch(url, options);
  if (response.ok)
    response
      .clone()
      .arrayBuffer()
      .then(buffer => (exchange.got = base64(buffer)))
      .catch(() => {}); // given up on the way
  return response;
};

// Every control of the player once and all its keys, dragging over every canvas: for pages whose data have not come.
window.press_everything = async () => {
  const root = window.deep(".player");
  const beat = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  const bubbles = { bubbles: true, cancelable: true, composed: true };
  const saves = ["png", "gif"]; // a download would leave the page
  const drag = canvas => {
    const box = canvas.getBoundingClientRect();
    canvas.setPointerCapture = () => {};
    const at = (x, y) => ({
      ...bubbles,
      pointerId: 1,
      button: 0,
      buttons: 1,
      clientX: box.left + x * box.width,
      clientY: box.top + y * box.height,
    });
    canvas.dispatchEvent(new PointerEvent("pointermove", at(0.2, 0.2)));
    canvas.dispatchEvent(new PointerEvent("pointerdown", at(0.3, 0.3)));
    canvas.dispatchEvent(new PointerEvent("pointermove", at(0.7, 0.6)));
    canvas.dispatchEvent(new PointerEvent("pointerup", at(0.7, 0.6)));
    for (const kind of ["click", "dblclick"]) canvas.dispatchEvent(new MouseEvent(kind, at(0.4, 0.4)));
    canvas.dispatchEvent(new WheelEvent("wheel", { ...at(0.4, 0.4), deltaY: 40, ctrlKey: true }));
    canvas.dispatchEvent(new PointerEvent("pointerleave", at(1.2, 0.4)));
  };
  for (let round = 0; round < 2; round++) {
    for (const b of [...root.querySelectorAll("button")]) if (b.isConnected && !saves.includes(b.dataset.do)) b.click();
    await beat();
    for (const b of [...root.querySelectorAll("button")]) if (b.isConnected && saves.includes(b.dataset.do)) b.click();
    for (const select of root.querySelectorAll("select"))
      if (select.options.length) {
        select.selectedIndex = select.options.length - 1;
        select.dispatchEvent(new Event("change", bubbles));
      }
    for (const input of root.querySelectorAll("input")) {
      if (input.type === "checkbox") input.click();
      else input.value = input.max || "1";
      input.dispatchEvent(new Event("input", bubbles));
      input.dispatchEvent(new Event("change", bubbles));
    }
    [...root.querySelectorAll("canvas")].forEach(drag);
    await beat();
    const keys = [
      " ",
      "ArrowLeft",
      "ArrowRight",
      "ArrowUp",
      "ArrowDown",
      "Home",
      "End",
      "Escape",
      ..."abcdefghijklmnopqrstuvwxyz[],.?+-0",
    ];
    for (const key of keys) root.dispatchEvent(new KeyboardEvent("keydown", { ...bubbles, key }));
    await beat();
  }
};
