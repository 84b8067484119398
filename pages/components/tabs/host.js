// @ts-nocheck: the old name of scripts that are in shared/ now; gone once nobody imports it
import { TabsHost } from "../shared/tabs.js";

const HOOKS = {
  onAction: "do",
  onChoice: "set",
  onSlide: "slide",
  onSelect: "change",
  urlParams: "link",
  onTheme: "themed",
  destroy: "close",
};

export class Host extends TabsHost {
  constructor(root, component) {
    super(root);
    this.$ = name => root.querySelector(`[data-part="${name}"]`);
    this.update(component);
  }

  get url() {
    return this.modelUrl;
  }

  get resetState() {
    return this.forgotten;
  }

  get keptState() {
    return this.kept;
  }

  readModel(answer) {
    return this.read(answer);
  }

  createPanel(Kind, root) {
    const panel = new Kind(this, root);
    for (const [name, old] of Object.entries(HOOKS)) if (panel[old]) panel[name] = panel[old];
    return panel;
  }

  complain(text) {
    this.showError(text);
  }

  wake() {
    this.requestFrame();
  }

  remember() {
    this.syncUrl();
  }

  shown() {
    this.reportShown();
  }

  get ink() {
    return this.theme.text;
  }

  get ground() {
    return this.theme.background;
  }

  get accent() {
    return this.theme.accent;
  }

  get soft() {
    return this.theme.panel;
  }

  get font() {
    return this.theme.font;
  }
}
