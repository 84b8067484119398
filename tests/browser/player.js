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
window.digest = (selector) => {
  const canvas = window.deep(selector);
  if (!canvas || canvas.width < 2) return 0;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let hash = 2166136261, painted = 0;
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

const base64 = (buffer) => {
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
  options.body.arrayBuffer().then((buffer) => (exchange.sent = base64(buffer)));
  const response = await plainFetch(url, options);
  if (response.ok)
    response
      .clone()
      .arrayBuffer()
      .then((buffer) => (exchange.got = base64(buffer)))
      .catch(() => {}); // given up on the way
  return response;
};
