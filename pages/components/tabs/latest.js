// @ts-nocheck: no types yet
// One question at a time: while one is under way, only the last of those that came is kept for later.

export class Latest {
  constructor(ask, answered, failed) {
    Object.assign(this, { ask, answered, failed });
  }

  async want(what) {
    this.next = what;
    if (this.busy) return;
    this.busy = true;
    while (this.next !== undefined && !this.stopped) {
      const now = this.next;
      this.next = undefined;
      try {
        const answer = await this.ask(now);
        if (!this.stopped) this.answered(answer, now);
      } catch (error) {
        if (!this.stopped) this.failed(error, now);
      }
    }
    this.busy = false;
  }

  close() {
    this.stopped = true;
  }
}
