// Runs in the background: JSON from the server, looks at a run until it ends, and word that it shall stop.

const LOOK = 700; // ms between two looks at a run
const RUNS = "./api/runs";
const ENDED = ["finished", "failed", "stopped", "interrupted"];

/**
 * JSON from the server. Throws what it says instead.
 * @param {string} url
 * @param {object} [body] posted, where there is one
 * @param {RequestInit} [options]
 * @returns {Promise<any>}
 */
export async function askJson(url, body, options = {}) {
  const post = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const response = await fetch(url, { ...options, ...post });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

/** @param {string} id */
export const runUrl = id => `${RUNS}/${encodeURIComponent(id)}`;

/** @param {{ state: string }} run */
export const isOver = run => ENDED.includes(run.state);

/**
 * How far a run is, again and again until it ends or nobody asks any more.
 * @param {string} id
 * @param {() => boolean} closed
 * @param {() => string} [query] of the next look
 */
export async function* looksAt(id, closed, query = () => "") {
  while (!closed()) {
    const run = await askJson(`${runUrl(id)}${query()}`);
    yield run;
    if (isOver(run)) return;
    await new Promise(resolve => setTimeout(resolve, LOOK));
  }
}

/** What a run is at, in words. @param {{ place: number | null, phase: [string, number, number] | null }} run */
export const phaseOf = ({ place, phase }) => (place ? `number ${place} in the queue` : (phase?.[0] ?? ""));

/** Have a run stopped; heard even if the page closes at once. @param {string} id */
export const stopRun = id => askJson(runUrl(id), { do: "stop" }, { keepalive: true }).catch(() => {});
