"""Components that are drawn in the browser: a folder each, with Python, scripts and styles."""

# Streamlit calls the default export again with every message; the player lives as long as its element. The script
# named in the data does the rest: its `mount(parentElement, component)` returns an object with `update` and `destroy`
BOOT = """
const players = new WeakMap();
export default function (component) {
  const { parentElement, data } = component;
  let entry = players.get(parentElement);
  if (!entry) {
    entry = { latest: component, player: null, gone: false };
    players.set(parentElement, entry);
    import(new URL(data.script, document.baseURI).href).then((module) => {
      if (!entry.gone) entry.player = module.mount(parentElement, entry.latest);
    });
  } else {
    entry.latest = component;
    entry.player?.update(component);
  }
  return () => {
    entry.gone = true;
    entry.player?.destroy();
    players.delete(parentElement);
  };
}
"""
