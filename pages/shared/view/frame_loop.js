// Animation frames when something is to be drawn, and only where it can be seen. (In a hidden window browsers give none.)

/** One player's frames. */
export class FrameLoop {
  /**
   * @param {Element} root
   * @param {(now: number, elapsed: number) => boolean | void} draw true where another frame is wanted
   * @param {number} longest most milliseconds that one frame counts as, so that nothing leaps after a pause
   */
  constructor(root, draw, longest = 100) {
    this.draw = draw;
    this.longest = longest;
    this.handle = 0;
    this.visible = true;
    this.wanted = false; // asked for while nothing could be seen
    /** @type {number | null} the last frame, while one follows another */
    this.last = null;
    // a window's height around counts as seen: what scrolls in is there already
    const near = { rootMargin: "100%", scrollMargin: "100%" };
    this.observer = new IntersectionObserver(
      entries => {
        this.visible = entries[entries.length - 1].isIntersecting;
        if (this.visible && this.wanted) this.request();
      },
      /** @type {IntersectionObserverInit} */ (near),
    );
    this.observer.observe(root);
  }

  request() {
    if (this.handle) return;
    this.wanted = !this.visible;
    if (this.wanted) return;
    this.handle = requestAnimationFrame(now => {
      this.handle = 0;
      const elapsed = this.last === null ? 0 : Math.min(this.longest, now - this.last);
      const more = this.draw(now, elapsed) === true;
      this.last = more ? now : null;
      if (more) this.request();
    });
  }

  stop() {
    cancelAnimationFrame(this.handle);
    this.handle = -1; // as if one were under way: no other is asked for
    this.observer.disconnect();
  }
}
