// One request at a time: while one is under way, only the last of those that came is kept for later.

/**
 * @template Question
 * @template Answer
 */
export class LatestRequest {
  /**
   * @param {(question: Question) => Promise<Answer>} ask
   * @param {(answer: Answer, question: Question) => void} onAnswer
   * @param {(error: unknown, question: Question) => void} onError
   */
  constructor(ask, onAnswer, onError) {
    this.ask = ask;
    this.onAnswer = onAnswer;
    this.onError = onError;
    /** @type {{question: Question} | null} */
    this.next = null;
    this.busy = false;
    this.stopped = false;
  }

  /** @param {Question} question */
  async request(question) {
    this.next = { question };
    if (this.busy) return;
    this.busy = true;
    while (this.next && !this.stopped) {
      const now = this.next.question;
      this.next = null;
      try {
        const answer = await this.ask(now);
        if (!this.stopped) this.onAnswer(answer, now);
      } catch (error) {
        if (!this.stopped) this.onError(error, now);
      }
    }
    this.busy = false;
  }

  close() {
    this.stopped = true;
  }
}
